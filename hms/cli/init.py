"""``hms init``: set up a hospital here; what is there already is left as it is."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hms.infra.private_file import write_private
from hms.infra.settings import Settings, load_settings
from hms.infra.settings_load import FILE_NAME, config_files, is_file
from hms.kernel.errors import InvalidInput, Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import confirm
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.features.staff.service import NewSecret

_TEMPLATE = """\
# Configuration of HMS; every key is explained in docs/configuration.md.
# What holds now, and why: hms config show --origin

[hospital]
name = "Hospital"
timezone = {zone}

[database]
url = "sqlite+aiosqlite:///hms-data/hms.db"
"""


class CannotWrite(Unavailable):
    """A folder or file of the installation cannot be made."""

    code = "init.cannot_write"


@dataclass(slots=True)
class _Done:
    config: Path
    data_dir: Path
    made: list[str] = field(default_factory=list)
    admin: str | None = None
    one_time_secret: str | None = None


def init(
    admin: Annotated[str, typer.Option(help="Login name of the first administrator.")] = "admin",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    recover: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only this: give an administrator who is locked out a one-time secret; ends "
            "their sessions, forgives failed sign-ins, removes their second factor.",
        ),
    ] = None,
) -> None:
    """Write the configuration, the data directory, the signing key and the first administrator."""
    from hms.infra.keys import create_keys

    if recover is not None:
        _recover(recover)
        return
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password == "":
        raise InvalidInput("the password is empty", field="password")
    try:
        config, written = _configuration(current().config)
        settings = load_settings(current().config)
        done = _Done(config, settings.data_dir, [f"configuration {config}"] if written else [])
        _refuse_early(settings, admin, password)
        if _private_folder(settings.data_dir):
            done.made.append(f"data directory {settings.data_dir}")
        if create_keys(settings):
            done.made.append("signing key")
        new = _database(settings, admin, password)
    except OSError as error:
        raise CannotWrite(
            phrase("{filename}: {strerror}", filename=show(error.filename), strerror=error.strerror)
        ) from error
    if new is not None:
        done.made += ["database schema", f"administrator {new.user.name}"]
        done.admin, done.one_time_secret = new.user.name, new.one_time_secret
    _tell(done)


def _configuration(config: Path | None) -> tuple[Path, bool]:
    """Return the strongest configuration file and whether it had to be written."""
    found = config_files(None) if config is None else [config.absolute()] * is_file(config)
    if found:
        return found[0], False
    path = (config or Path(FILE_NAME)).absolute()
    text = _TEMPLATE.format(zone=json.dumps(machine_zone()))
    return path, write_private(path, text.encode(), replace=False)


def machine_zone() -> str:
    """Return the IANA time zone of this machine, UTC when it does not tell."""
    try:
        target = os.readlink("/etc/localtime")  # noqa: PTH115 - the link's text, not its end
    except OSError:
        return "UTC"
    name = target.partition("zoneinfo/")[2]
    return name if name and name not in ("Etc/UTC", "localtime") else "UTC"


def _refuse_early(settings: Settings, admin: str, password: str | None) -> None:
    """Check name and password before anything is made of them."""
    from hms.features.staff.rules import login_name
    from hms.infra.passwords import check_new

    name = login_name(admin)
    if password is not None:
        check_new(password, (settings.hospital.name, name, "hms"))


def _private_folder(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return False
    folder.chmod(0o700)  # whatever the umask says
    return True


def _database(settings: Settings, admin: str, password: str | None) -> NewSecret | None:
    from hms.bootstrap import open_application, wire
    from hms.features.staff.service import ensure_first_admin_now

    wire(settings, create=True).close_now()
    application = open_application(settings=settings)
    try:
        return ensure_first_admin_now(application.db, admin, password)
    finally:
        application.close_now()


def _recover(name: str) -> None:
    """Let an administrator in again; for whoever owns the data, and in the audit as theirs."""
    from hms.bootstrap import open_application
    from hms.cli.restore import owner, refuse_stranger
    from hms.features.staff.service import recover_administrator_now

    settings = current().settings()
    refuse_stranger(settings)
    confirm(
        phrase("Give {name} a one-time secret, and remove their second factor?", name=show(name))
    )
    application = open_application(settings=settings)
    try:
        who = replace(owner(), terminal="init")
        new = recover_administrator_now(application.db, who, name)
    finally:
        application.close_now()
    if current().json:
        show_json(new.as_json())
        return
    say(phrase("one-time password of {name}, shown only now:", name=new.user.name))
    sys.stdout.write(f"{new.one_time_secret}\n")


def _tell(done: _Done) -> None:
    if current().json:
        show_json(
            {
                "config": str(done.config),
                "data_dir": str(done.data_dir),
                "made": done.made,
                "admin": done.admin,
                "one_time_secret": done.one_time_secret,
            }
        )
        return
    if not done.made:
        say(
            phrase(
                "everything is in place already ({config}); nothing was changed",
                config=show(done.config),
            )
        )
        return
    for one in done.made:
        say(phrase("made: {one}", one=one))
    if done.one_time_secret is not None:
        say(phrase("one-time password of {admin}, shown only now:", admin=done.admin))
        sys.stdout.write(done.one_time_secret + "\n")
    if done.admin is not None:
        say(phrase("next: hms login {admin}, or: hms console", admin=done.admin))
