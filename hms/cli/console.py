"""``hms console``: open the console of this installation."""

from __future__ import annotations

from typing import Annotated

import typer

from hms.kernel.feature import load
from hms.kit.invocation import current

CONSOLE = "hms.console.app:run"


def console(
    plain: Annotated[
        bool, typer.Option("--plain", help="Line prompts, for screen readers and dumb terminals.")
    ] = False,
) -> None:
    """Open the console."""
    code = load(CONSOLE)(current().settings(), plain=plain)
    if code:
        raise typer.Exit(code)
