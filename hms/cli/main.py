"""``hms``: parse the root's options, hand over to the command, leave with its exit code."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from hms import __version__
from hms.cli.root import LazyRoot
from hms.infra import languages
from hms.kit.commands import execute
from hms.kit.invocation import Invocation, begin, current

OBJECTS_OF_A_START = 200_000
OBJECTS_BEFORE_COLLECTING = 50_000

_app = typer.Typer(
    cls=LazyRoot,
    help="HMS: register, give a token, call, and show it on the wall.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _choose_language(tag: str | None) -> None:
    if tag is not None:
        languages.choose(tag)


def _say_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"hms {__version__}\n")
        raise typer.Exit


@_app.callback()
def _root(
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Configuration file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    _lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            metavar="LANGUAGE",
            callback=_choose_language,
            is_eager=True,
            help="Speak this language: en, ar, es, hi.",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    invocation = current()
    invocation.config = config
    invocation.json = invocation.json or as_json


def command_line() -> LazyRoot:
    """Return the whole command line, its commands not yet imported."""
    root: Any = get_command(_app)
    assert isinstance(root, LazyRoot)
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run ``hms`` with ``arguments`` (the process's own by default); return the exit code."""
    os.umask(0o077)  # whatever we write is ours alone
    if arguments is not None:
        return _run(arguments)
    # A short command makes up to 150,000 objects, nearly all by its imports, of which none
    # is garbage; looking for some in between, and once more at the end, is a third of what
    # it costs.  Whoever runs on (console, serve) collects at the usual pace from then on.
    gc.set_threshold(OBJECTS_OF_A_START)
    gc.callbacks.append(_collect_sooner)
    code = _run(sys.argv[1:])
    gc.freeze()
    return code


def _collect_sooner(phase: str, _info: dict[str, int]) -> None:
    if phase == "stop":
        gc.callbacks.remove(_collect_sooner)
        if gc.get_threshold()[0] == OBJECTS_OF_A_START:  # nobody has asked for a pace of its own
            gc.set_threshold(OBJECTS_BEFORE_COLLECTING)


def _run(arguments: list[str]) -> int:
    begin(Invocation(json="--json" in arguments))
    languages.forget()
    return execute(lambda: _spoken(arguments))


def _spoken(arguments: list[str]) -> object:
    _choose_language(os.environ.get(languages.VARIABLE) or None)
    return command_line().main(arguments, prog_name="hms", standalone_mode=False)


if __name__ == "__main__":
    sys.exit(main())
