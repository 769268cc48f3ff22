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
    "kind": lambda notice: "EMERGENCY" if notice.emergency else "urgent" if notice.urgent else "",
    "zone": lambda notice: notice.zone or "every wall",
    "since": "created_at",
    "until": "until",
}


@changes(app, "add")
def add(
    text: Annotated[str, typer.Argument(help="What everybody in the halls reads.")],
    urgent: Annotated[
        bool, typer.Option("--urgent", help="Stands before the others and looks it.")
    ] = False,
    emergency: Annotated[
        bool,
        typer.Option("--emergency", help="A banner over everything; calls go on below it."),
    ] = False,
    zone: Annotated[
        str | None, typer.Option("--zone", help="Only on the walls of this zone.")
    ] = None,
    minutes: Annotated[
        int | None, typer.Option("--minutes", help="It leaves by itself after so long.")
    ] = None,
) -> None:
    """Put a notice on every wall, or on those of one zone."""
    from hms.features.displays import service

    wanted = service.AddNotice(text, urgent, emergency, zone, minutes)
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
