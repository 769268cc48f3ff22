"""``hms token …``: what the desks do with tokens, for scripts and terminals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hms.kit.commands import changes, group, looks, run
from hms.kit.output import show_facts, show_json, show_record, show_rows

if TYPE_CHECKING:
    from hms.features.tokens.queries import TokenView

app = group("Walk-in tokens: give one, call it, say what became of it.")

Token = Annotated[str, typer.Argument(help="A code of today such as GM-042, or an id.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; for the staff only.")]
Room = Annotated[str | None, typer.Option("--room", help="The room to call to.")]
Queue = Annotated[str, typer.Option("--queue", help="The queue's code.")]

_COLUMNS: dict[str, Any] = {
    "token": "code",
    "queue": "queue",
    "status": lambda t: t.status.replace("_", " "),
    "class": "class",
    "MRN": lambda t: t.mrn or "",
    "room": "room",
    "calls": "call_count",
    "issued": "issued_at",
}


def _change(use_case: Callable[..., TokenView], *args: Any, **named: Any) -> None:
    """Run a change of one token, then print the token with its place and wait."""
    from hms.features.tokens import service

    def task(application: Any, who: Any) -> TokenView:
        done = application.do_now(who, use_case, *args, **named)
        shown: TokenView = application.ask_now(who, service.show_token, done.id)
        return shown

    show_record(run(task))


@changes(app, "issue")
def issue(
    queue: Queue,
    patient: Annotated[str | None, typer.Option("--patient", help="The patient's MRN.")] = None,
    priority_class: Annotated[
        str, typer.Option("--class", help="emergency, elderly, pregnant, disabled, …")
    ] = "normal",
) -> None:
    """Give out the next token of a queue."""
    from hms.features.tokens import service

    _change(service.issue, service.IssueToken(queue, patient, priority_class))


@changes(app, "next")
def call_next(
    queue: Queue,
    room: Room = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Complete the token still in the room.")
    ] = False,
    no_show: Annotated[
        bool, typer.Option("--no-show", help="The token still called did not come.")
    ] = False,
) -> None:
    """Call the next waiting token of a queue."""
    from hms.features.tokens import service

    if finish and no_show:
        raise typer.BadParameter("give --finish or --no-show, not both")
    _change(service.call_next, queue, room=room, finish=finish, no_show=no_show)


@changes(app, "call")
def call(token: Token, room: Room = None, reason: Reason = None) -> None:
    """Call a chosen waiting token out of order."""
    from hms.features.tokens import service

    _change(service.call, token, room=room, reason=reason)


@changes(app, "recall")
def recall(token: Token) -> None:
    """Call a called token once more."""
    from hms.features.tokens import service

    _change(service.recall, token)


@changes(app, "start")
def start(token: Token) -> None:
    """Note that the called patient came in."""
    from hms.features.tokens import service

    _change(service.start, token)


@changes(app, "complete")
def complete(token: Token) -> None:
    """Note that the service ended."""
    from hms.features.tokens import service

    _change(service.complete, token)


@changes(app, "hold")
def hold(token: Token, reason: Reason = None) -> None:
    """Put a token aside, to be resumed."""
    from hms.features.tokens import service

    _change(service.hold, token, reason)


@changes(app, "resume")
def resume(token: Token) -> None:
    """Go on with a held token."""
    from hms.features.tokens import service

    _change(service.resume, token)


@changes(app, "put-back")
def put_back(token: Token) -> None:
    """Let a called or held token wait again in its old place."""
    from hms.features.tokens import service

    _change(service.put_back, token)


@changes(app, "no-show")
def no_show(token: Token) -> None:
    """Note that nobody came to the call."""
    from hms.features.tokens import service

    _change(service.no_show, token)


@changes(app, "rejoin")
def rejoin(token: Token) -> None:
    """Let who missed the call wait again."""
    from hms.features.tokens import service

    _change(service.rejoin, token)


@changes(app, "cancel")
def cancel(token: Token, reason: Reason = None) -> None:
    """Give a token up; its number is not used again."""
    from hms.features.tokens import service

    _change(service.cancel, token, reason)


@changes(app, "left")
def left(token: Token) -> None:
    """Note that the patient left before being served."""
    from hms.features.tokens import service

    _change(service.leave, token)


@changes(app, "undo")
def undo(token: Token) -> None:
    """Take back the last change of a token, within the time the settings allow."""
    from hms.features.tokens import service

    _change(service.undo, token)


@changes(app, "transfer")
def transfer(
    token: Token,
    to: Annotated[str, typer.Option("--to", help="The code of the queue to go on to.")],
    reason: Reason = None,
) -> None:
    """Send a token on to another queue; code, number and arrival are kept."""
    from hms.features.tokens import service

    _change(service.transfer, token, to, reason)


@changes(app, "attach")
def attach(
    token: Token,
    patient: Annotated[str, typer.Option("--patient", help="The patient's MRN.")],
) -> None:
    """Say whose token this is, when it was given out without a patient."""
    from hms.features.tokens import service

    _change(service.attach_patient, token, patient)


@changes(app, "reprint")
def reprint(
    token: Token,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write the slip to this file instead.")
    ] = None,
) -> None:
    """Print a token's slip once more, marked as such; the number stays the same."""
    from hms.features.tokens import service

    if pdf is None:
        show_record(run(lambda app, who: app.do_now(who, service.reprint, token)))
        return
    from hms.features.tokens.slip import look
    from hms.kit.paper import write_pdf

    slips = run(lambda app, who: app.ask_now(who, look, token, again=True))
    write_pdf(pdf, slips)


@looks(app, "list")
def list_tokens(
    queue: Annotated[str | None, typer.Option("--queue", help="Only this queue.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="Only in this state.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most this many.")] = None,
) -> None:
    """List the tokens of the service day in the order they were issued."""
    from hms.features.tokens import service

    tokens = run(
        lambda application, who: application.ask_now(
            who, service.list_tokens, queue=queue, status=status, limit=limit
        )
    )
    show_rows(tokens, _COLUMNS, empty="no tokens today")


@looks(app, "show")
def show(token: Token) -> None:
    """Show one token with its place and wait."""
    from hms.features.tokens import service

    show_record(run(lambda application, who: application.ask_now(who, service.show_token, token)))


@looks(app, "why")
def why(token: Token) -> None:
    """Explain a token's place in the line."""
    from hms.features.tokens import service
    from hms.kit.invocation import current

    answer = run(lambda application, who: application.ask_now(who, service.why, token))
    if current().json:
        show_json(answer.as_json())
        return
    show_facts(
        [
            ("token", answer.token.code),
            ("status", answer.token.status.replace("_", " ")),
            ("why", answer.sentence),
            ("before it", ", ".join(answer.before) or "nobody"),
        ]
    )
