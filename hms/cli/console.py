"""``hms console``: open the console of this installation."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hms.infra.settings import Settings
from hms.kernel.feature import load
from hms.kernel.text import show
from hms.kit.commands import UsageMistake
from hms.kit.invocation import current

CONSOLE = "hms.console.app:run"


def console(
    plain: Annotated[
        bool, typer.Option("--plain", help="Line prompts, for screen readers and dumb terminals.")
    ] = False,
) -> None:
    """Open the console."""
    settings = current().settings()
    refuse_missing(settings)
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageMistake(
            "the console needs a terminal", hint="hms console --plain asks line by line"
        )
    code = load(CONSOLE)(settings, plain=plain)
    if code:
        raise typer.Exit(code)


def refuse_missing(settings: Settings) -> None:
    """Refuse to open a screen on a hospital that was never set up.

    Raises:
        DatabaseMissing: there is no database file.
    """
    file = settings.database_file
    if file is not None and not file.exists():
        from hms.infra.transact import DatabaseMissing

        raise DatabaseMissing(f"there is no database at {show(file)}")
