"""``hms audit …``: who did what, and whether the record of it is untouched."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from hms.infra.settings import Settings
from hms.kernel import clock
from hms.kernel.errors import Exit
from hms.kernel.i18n import phrase
from hms.kernel.text import show as safe
from hms.kit.commands import UsageMistake, changes, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import Column, say, show_json, show_rows

app = group("The audit: who did what, when, from where.")

_COLUMNS: dict[str, Column] = {
    "id": "id",
    "at": "at",
    "user": "user",
    "role": "role",
    "terminal": "terminal",
    "action": "action",
    "on": lambda entry: " ".join(str(part) for part in (entry.kind, entry.object_id) if part),
    "before": "before",
    "after": "after",
}


@changes(app, "show")
def show(
    user: Annotated[str | None, typer.Option("--user", help="Sign-in name of who acted.")] = None,
    terminal: Annotated[
        str | None, typer.Option("--terminal", help="The place where it was done.")
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", help="An action (tokens.call) or a group (tokens).")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Kind of record: token, patient, user_account …")
    ] = None,
    object_id: Annotated[
        int | None, typer.Option("--object", help="Id of the record, with --kind.")
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", help="MRN: what was done to this patient's record.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="From this date or time on.", metavar="TIME")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Until the end of this date, or a time.", metavar="TIME"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="Most entries.")] = 50,
) -> None:
    """Show entries, the newest first; that somebody looked is an entry, too."""
    from hms.features.upkeep import service
    from hms.features.upkeep.queries import AuditFilter

    settings = current().settings()
    wanted = AuditFilter(
        user=user,
        terminal=terminal,
        action=action,
        kind=kind,
        object_id=object_id,
        since=instant(since, settings, "since"),
        until=instant(until, settings, "until", end=True),
        limit=limit,
    )
    found = run(lambda app, who: app.do_now(who, service.show_audit, wanted, patient=patient))
    show_rows(found, _COLUMNS, empty="no entry fits")


@looks(app, "verify")
def verify() -> None:
    """Look whether an entry was changed, removed or put in; exit 3 when one was."""
    from hms.features.upkeep import service

    verdict = run(lambda app, who: app.ask_now(who, service.verify_audit))
    if current().json:
        show_json(verdict.as_json())
    elif verdict.sound:
        waiting = f", {verdict.waiting} not sealed yet" if verdict.waiting else ""
        say(
            phrase(
                "the audit is whole: {sealed} entries{waiting}, {anchors} heads noted",
                sealed=verdict.sealed,
                waiting=waiting,
                anchors=verdict.anchors,
            )
        )
    else:
        for fault in verdict.faults:
            say(safe(fault.message))
        say(
            phrase(
                "the audit is not what it was: {fault_count} faults",
                fault_count=verdict.fault_count,
            )
        )
    if not verdict.sound:
        raise typer.Exit(Exit.PROBLEMS_FOUND)


def instant(
    said: str | None, settings: Settings, field: str, *, end: bool = False
) -> datetime | None:
    """Return the instant that a person typed: a date or a time, in the hospital's zone.

    ``end`` reads a date as its last moment.

    Raises:
        UsageMistake: it is neither.
    """
    if said is None:
        return None
    zone = clock.zone(settings.hospital.timezone)
    try:
        if len(said) == len("2031-03-04"):
            day = date.fromisoformat(said) + timedelta(days=int(end))
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError) as error:
        raise UsageMistake(
            phrase("{safe} is no time", safe=safe(said)),
            hint="write 2031-03-04, 2031-03-04T09:30 (local) or 2031-03-04T08:30Z",
            field=field,
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
