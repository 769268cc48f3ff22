"""``hms queue …``: define queues, pause and open them, close the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from hms.kernel.i18n import phrase
from hms.kit.commands import changes, confirm, group, looks, run
from hms.kit.output import show_record, show_rows

app = group("Queues: what people wait for.")

Code = Annotated[str, typer.Argument(help="The queue's code, such as GM.")]
Rooms = Annotated[
    list[str] | None, typer.Option("--room", help="A room that serves it; may be repeated.")
]
Doctors = Annotated[
    list[str] | None, typer.Option("--doctor", help="A doctor's sign-in name; may be repeated.")
]
Limit = Annotated[int | None, typer.Option("--limit", help="Most tokens a day.")]
PolicyOption = Annotated[
    str, typer.Option("--policy", help="due, strict, arrival or alternate: who is called next.")
]
RejoinOption = Annotated[
    str, typer.Option("--rejoin", help="Where a missed patient comes back in: keep or end.")
]

_COLUMNS: dict[str, Any] = {
    "queue": "code",
    "name": "name",
    "rooms": "rooms",
    "waiting": "waiting",
    "now": lambda q: ", ".join(s.token for s in q.serving),
    "next": lambda q: q.next[0] if q.next else "",
    "paused": lambda q: q.row.paused_reason if q.paused else "",
}


def _do(use_case: Callable[..., Any], *args: Any) -> Any:
    return run(lambda application, who: application.do_now(who, use_case, *args))


def _ask(use_case: Callable[..., Any]) -> Any:
    return run(lambda application, who: application.ask_now(who, use_case))


@changes(app, "add")
def add(
    code: Code,
    name: Annotated[str, typer.Option("--name", help="What the public reads.")],
    room: Rooms = None,
    doctor: Doctors = None,
    desk_calls: Annotated[
        bool, typer.Option("--desk-calls", help="Let the front desk call for it.")
    ] = False,
    prefix: Annotated[
        str | None, typer.Option("--prefix", help="Begins its token codes; the code by default.")
    ] = None,
    start: Annotated[int, typer.Option("--start", help="The first number of a day.")] = 1,
    limit: Limit = None,
    all_day: Annotated[
        bool, typer.Option("--24h", help="Runs day and night: closing the day leaves it.")
    ] = False,
    policy: PolicyOption = "due",
    rejoin: RejoinOption = "keep",
) -> None:
    """Make a queue."""
    from hms.features.tokens import service

    command = service.AddQueue(
        code=code,
        name=name,
        rooms=tuple(room or ()),
        doctors=tuple(doctor or ()),
        desk_calls=desk_calls,
        prefix=prefix,
        start_number=start,
        daily_limit=limit,
        is_24h=all_day,
        policy=policy,
        rejoin=rejoin,
    )
    show_record(_do(service.add_queue, command))


@changes(app, "edit")
def edit(
    code: Code,
    name: Annotated[str | None, typer.Option("--name", help="What the public reads.")] = None,
    room: Rooms = None,
    doctor: Doctors = None,
    desk_calls: Annotated[
        bool | None,
        typer.Option("--desk-calls/--no-desk-calls", help="Whether the front desk calls."),
    ] = None,
    limit: Limit = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="No daily limit.")] = False,
    policy: Annotated[str | None, typer.Option("--policy", help="Who is called next.")] = None,
    rejoin: Annotated[str | None, typer.Option("--rejoin", help="keep or end.")] = None,
) -> None:
    """Change a queue; what is not given stays as it is."""
    from hms.features.tokens import service

    command = service.EditQueue(
        name=name,
        rooms=tuple(room) if room else None,
        doctors=tuple(doctor) if doctor else None,
        desk_calls=desk_calls,
        daily_limit=limit,
        no_limit=no_limit,
        policy=policy,
        rejoin=rejoin,
    )
    show_record(_do(service.edit_queue, code, command))


@looks(app, "list")
def list_queues() -> None:
    """List the queues with who waits and who is served."""
    from hms.features.tokens import service

    queues = run(lambda application, who: application.ask_now(who, service.list_queues))
    show_rows(queues, _COLUMNS, empty="no queues yet; make one with: hms queue add")


@changes(app, "pause")
def pause(
    code: Code,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; for the staff only.")] = None,
) -> None:
    """Stop calling for a queue; tokens are still given out."""
    from hms.features.tokens import service

    show_record(_do(service.pause_queue, code, reason))


@changes(app, "open")
def open_queue(code: Code) -> None:
    """Let a paused queue call again."""
    from hms.features.tokens import service

    show_record(_do(service.open_queue, code))


@changes(app, "close")
def close(code: Code) -> None:
    """Take a queue out of use; its history stays."""
    from hms.features.tokens import service

    _ask(service.may_define_queues)
    confirm(phrase("Take queue {code} out of use?", code=code))
    show_record(_do(service.close_queue, code))


@changes(app, "privacy")
def privacy(
    code: Code,
    level: Annotated[
        str | None,
        typer.Argument(help="number, initials, alias or name: the most that may be told."),
    ] = None,
) -> None:
    """Show or set how much of its patients may be told on paper; walls tell the number alone."""
    from hms.features.tokens import service

    show_record(_do(service.queue_privacy, code, level))


@changes(app, "confirm-clock")
def confirm_clock() -> None:
    """Say that the clock is right although tokens were given out at later times."""
    from hms.features.tokens import service

    _ask(service.may_define_queues)
    confirm("Is the time of this machine right?")
    show_record(_do(service.confirm_clock))


@changes(app, "close-day")
def close_day() -> None:
    """Expire what still waits today; queues that run 24 hours are left as they are."""
    from hms.features.tokens import service

    _ask(service.may_define_queues)
    confirm("Expire every token that still waits, is called or on hold?")
    show_record(_do(service.close_day))
