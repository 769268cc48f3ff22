"""The one runner of every command, and how a feature declares its commands.

A command parses, runs one use case and prints the view::

    tokens = group()

    @changes(tokens, "issue")
    def issue(queue: Annotated[str, typer.Option(help="Code of the queue.")]) -> None:
        "Give a token."
        from hms.features.tokens import service

        asked = service.IssueToken(queue_code=queue)
        show_record(run(lambda app, who: app.do_now(who, service.issue, asked)))

Errors are not its business: ``execute`` turns them into the exit codes and
sentences of the contract.  ``--json`` and ``--yes`` are added here and read
from ``current()``.
"""

from __future__ import annotations

import errno
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Annotated, Any, TypeVar, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from hms.kernel.errors import Exit, HmsError, InvalidInput, Refused
from hms.kernel.i18n import phrase, tr
from hms.kernel.text import show
from hms.kit.invocation import Application, current
from hms.kit.output import say, show_error

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])
WHOLE = 1000
PATH_SHOWN = 60  # characters of a path that is too long

_JSON = inspect.Parameter(
    "as_json",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--json", help="Print one JSON document.")],
)
_YES = inspect.Parameter(
    "yes",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--yes", help="Do not ask.")],
)


class UsageMistake(InvalidInput):
    """The command line cannot be understood."""

    code = "usage.invalid"


class Declined(Refused):
    """The person was asked and said no."""

    code = "usage.declined"


class Unforeseen(HmsError):
    """A fault of ours; the trace is in the log under its id."""

    code = "hms.unexpected"


class Spoken:
    """A command whose help is in the language of the installation."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, translated just before."""
        with suppress(HmsError):  # a broken hms.toml is no reason to give no help
            current().settings()
        for command in (self, *getattr(self, "commands", {}).values()):
            command.help = tr(command.help or "")
            for parameter in command.params:
                parameter.help = tr(getattr(parameter, "help", None) or "")
        super().format_help(ctx, formatter)  # type: ignore[misc]


class SpokenCommand(Spoken, TyperCommand):
    """One command with its translated help."""


class Group(Spoken, TyperGroup):
    """A group that tells the whole first sentence of each command, in as many lines as it takes."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, made.get_short_help_str(WHOLE)) for name, made in named if made is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def group(about: str | None = None) -> typer.Typer:
    """Return a new group of commands, to be filled with ``changes`` and ``looks``."""
    return typer.Typer(
        cls=Group,
        help=about,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def looks(app: typer.Typer, name: str, **settings: Any) -> Callable[[F], F]:
    """Declare the command ``name`` of ``app``, one that changes nothing."""
    return _declare(app, name, (_JSON,), settings)


def changes(app: typer.Typer, name: str, **settings: Any) -> Callable[[F], F]:
    """Declare the command ``name`` of ``app``, one that changes data: it also takes ``--yes``."""
    return _declare(app, name, (_JSON, _YES), settings)


def single(name: str, function: Callable[..., None]) -> TyperCommand:
    """Return ``function`` as a command of its own (``hms login``)."""
    app = group()
    changes(app, name)(function)
    return cast(TyperCommand, get_command(app))


def run(task: Callable[[Application, Any], T]) -> T:
    """Open the application, find who is signed in, and return what ``task`` returns.

    Raises:
        NotSignedIn: nobody is signed in here.
        HmsError: what the use case refused.
    """
    invocation = current()
    who = invocation.who()
    return task(invocation.application(), who)


def confirm(question: str) -> None:
    """Ask before something dangerous; ``--yes`` answers it.

    Raises:
        UsageMistake: there is nobody to ask.
        Declined: the person said no.
    """
    if current().yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageMistake(
            phrase("{question} There is nobody to ask.", question=question),
            hint="give --yes when it is meant",
        )
    sys.stderr.write(f"{show(tr(question))} [{tr('y/N')}] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes", *tr("y yes").split()):
        raise Declined("nothing was changed")


def execute(command: Callable[[], object]) -> int:
    """Run a parsed-and-called ``command``; return its exit code, whatever goes wrong."""
    try:
        code = command()
        sys.stdout.flush()
        return code if isinstance(code, int) else Exit.DONE
    except HmsError as error:
        show_error(error)
        return error.exit
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted")
        return Exit.INTERRUPTED
    except typer.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        return _nobody_listens()
    except TyperException as error:
        return _usage(error)
    except Exception as error:  # noqa: BLE001 - the last net: nobody may meet a traceback
        return _failed(error)
    finally:
        current().close()


def _usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message().strip().replace(": Value error, ", ": ", 1)
    message = message or "a command is missing"
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return Exit.USAGE
    path = context.command_path if context is not None else "hms"
    show_error(UsageMistake(message, hint=phrase("see: {command}", command=f"{path} --help")))
    return Exit.USAGE


def _failed(error: Exception) -> int:
    if isinstance(error, UnicodeEncodeError) and error.reason.startswith("surrogates"):
        show_error(UsageMistake("what was typed holds bytes that are no text in UTF-8"))
        return Exit.USAGE
    if isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
        show_error(_no_path(error))
        return Exit.USAGE
    unavailable = _database_trouble(error)
    if unavailable is not None:
        show_error(unavailable)
        return unavailable.exit
    from hms.infra.log import record_failure

    folder = _private_folder()
    error_id = record_failure(error, folder)
    show_error(
        Unforeseen(
            phrase("something unexpected happened; error id {error_id}", error_id=error_id),
            hint=phrase("the trace is in {file}", file=folder / "errors.log"),
        )
    )
    return Exit.UNEXPECTED


def _no_path(error: OSError) -> HmsError:
    """Return what is wrong with a path that no file of this machine can have."""
    begins = show(str(error.filename)[:PATH_SHOWN])
    if error.errno == errno.ELOOP:
        return UsageMistake(phrase("the links at {path} lead round in a circle", path=begins))
    return UsageMistake(phrase("{path}… is longer than a path can be", path=begins))


def _database_trouble(error: Exception) -> HmsError | None:
    """Return what an error of the database driver means for the person, None for another error."""
    exceptions = sys.modules.get("sqlalchemy.exc")
    if exceptions is None or not isinstance(error, exceptions.DBAPIError):
        return None
    from hms.kernel.errors import Unavailable

    if getattr(error.orig, "sqlstate", None) == "42501":
        return Unavailable(
            "the database user may not do this", hint="give it its rights: hms db grants"
        )
    if not isinstance(error, exceptions.OperationalError | exceptions.InterfaceError):
        return None
    return Unavailable("the database cannot be reached or is busy", hint="see: hms check")


def _private_folder() -> Any:
    from hms.infra.settings import user_data_dir

    try:
        folder = current().settings().data_dir
    except (HmsError, OSError):
        return user_data_dir()
    return folder if folder.is_dir() else user_data_dir()


def _nobody_listens() -> int:
    """Leave quietly when the reader of our output went away (``hms token list | head``)."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _declare(
    app: typer.Typer, name: str, extra: tuple[inspect.Parameter, ...], settings: dict[str, Any]
) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"the command {name} is async: nobody would await it")
        signature = inspect.signature(function, eval_str=True)
        added = [item for item in extra if item.name not in signature.parameters]

        @wraps(function)
        def command(*args: Any, **kwargs: Any) -> None:
            invocation = current()
            given = {item.name: kwargs.pop(item.name) for item in added}
            invocation.json = invocation.json or given.get("as_json", False)
            invocation.yes = invocation.yes or given.get("yes", False)
            function(*args, **kwargs)

        parameters = [*signature.parameters.values(), *added]
        command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        app.command(name, cls=SpokenCommand, **settings)(command)
        return function

    return decorate
