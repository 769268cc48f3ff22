"""``hms console``: open the console of this installation."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hms.cli.confine import confine
from hms.infra.settings import Settings
from hms.kernel.feature import load
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import UsageMistake
from hms.kit.invocation import current

CONSOLE = "hms.console.app:run"


def console(
    plain: Annotated[
        bool, typer.Option("--plain", help="Line prompts, for screen readers and dumb terminals.")
    ] = False,
    printer: Annotated[
        str | None,
        typer.Option(
            "--printer",
            help="This desk's own printer: network:HOST:PORT, usb:IDS, file:PATH, cups:NAME, none.",
        ),
    ] = None,
) -> None:
    """Open the console."""
    settings = with_printer(printer) if printer is not None else current().settings()
    refuse_missing(settings)
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageMistake(
            "the console needs a terminal", hint="hms console --plain asks line by line"
        )
    confine()
    code = load(CONSOLE)(settings, plain=plain)
    if code:
        raise typer.Exit(code)


def with_printer(printer: str) -> Settings:
    """Return the settings of a desk with a printer of its own; its name is the station.

    Raises:
        SettingsError: there is no such kind of printer.
    """
    from hms.infra.settings import load_settings

    driver, _, target = printer.partition(":")
    station = "" if driver == "none" else printer
    flags = {"driver": driver, "target": target, "station": station}
    return load_settings(current().config, {f"printing.{key}": v for key, v in flags.items()})


def refuse_missing(settings: Settings) -> None:
    """Refuse to open a screen on a hospital that was never set up.

    Raises:
        DatabaseMissing: there is no database file.
    """
    file = settings.database_file
    if file is not None and not file.exists():
        from hms.infra.transact import DatabaseMissing

        raise DatabaseMissing(phrase("there is no database at {file}", file=show(file)))
