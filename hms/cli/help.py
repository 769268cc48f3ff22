"""``hms help``: the same as ``--help``, for whoever types it that way."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Annotated

import typer

from hms.kit.invocation import current
from hms.kit.output import say, show_json


def help_of(
    words: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="Of what.")] = None,
) -> None:
    """Tell how a command is used; without one, which commands there are."""
    from hms.cli.main import command_line

    told = io.StringIO()
    with redirect_stdout(told):
        command_line().main([*(words or []), "--help"], prog_name="hms", standalone_mode=False)
    if current().json:
        show_json({"help": told.getvalue()})
        return
    typer.echo(told.getvalue(), nl=False)
    if not words:
        say("more: hms help COMMAND")
