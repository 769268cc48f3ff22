"""``hms notice …``: what the walls say to everybody."""

from __future__ import annotations

from typing import Annotated

import typer

from hms.kit.commands import changes, group, looks, run
from hms.kit.output import Column, show_record, show_rows

app = group("Notices on the wall.")

_COLUMNS: dict[str, Column] = {
    "id": "id",
    "notice": "text",
    "urgent": lambda notice: "yes" if notice.urgent else "",
    "since": "created_at",
}


@changes(app, "add")
def add(
    text: Annotated[str, typer.Argument(help="What everybody in the halls reads.")],
    urgent: Annotated[
        bool, typer.Option("--urgent", help="Stands before the others and looks it.")
    ] = False,
) -> None:
    """Put a notice on every wall."""
    from hms.features.displays import service

    wanted = service.AddNotice(text, urgent)
    show_record(run(lambda app, who: app.do_now(who, service.add_notice, wanted)))


@looks(app, "list")
def list_() -> None:
    """Show the notices on the wall."""
    from hms.features.displays import service

    notices = run(lambda app, who: app.ask_now(who, service.list_notices))
    show_rows(notices, _COLUMNS, empty="no notice is on the wall")


@changes(app, "remove")
def remove(notice: Annotated[int, typer.Argument(help="The notice's id.", metavar="ID")]) -> None:
    """Take a notice off every wall."""
    from hms.features.displays import service

    show_record(run(lambda app, who: app.do_now(who, service.remove_notice, notice)))
