"""``hms print …``: how slips look, what waits for the printer, numbers on paper for downtime."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hms.kernel.errors import Unavailable
from hms.kernel.i18n import phrase
from hms.kit.commands import changes, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import say, show_json, show_record, show_rows

app = group("Paper: how slips look, what waits for the printer, numbers for downtime.")

Job = Annotated[int, typer.Argument(help="The job's number; see: hms print jobs", metavar="JOB")]

_COLUMNS: dict[str, Any] = {
    "job": "id",
    "slip": "label",
    "copy": lambda job: job.copy_no or "",
    "state": "status",
    "reason": lambda job: job.reason or "",
    "tries": "tries",
    "printer": lambda job: job.station or "common",
    "asked": "created_at",
}


class NotPrinted(Unavailable):
    """The test slip did not come out for certain."""

    code = "printing.not_printed"
    hint = "see docs/printing.md, and: hms check"


@looks(app, "preview")
def preview(
    token: Annotated[
        str | None, typer.Argument(help="A code of today; without one an example is shown.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write it to this file instead.")
    ] = None,
) -> None:
    """Show a slip in the terminal as it would be printed."""
    from hms.features.tokens.slip import look
    from hms.kit.paper import show_slips, write_pdf

    slips = run(lambda application, who: application.ask_now(who, look, token))
    if pdf is None:
        show_slips(slips)
    else:
        write_pdf(pdf, slips)


@looks(app, "jobs")
def jobs(
    status: Annotated[str | None, typer.Option("--status", help="Only in this state.")] = None,
    every_day: Annotated[bool, typer.Option("--all", help="Of every day, not of today.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="At most this many.")] = 50,
) -> None:
    """List what was printed and what waits, the newest first."""
    from hms.features.printing import service

    found = run(
        lambda application, who: application.ask_now(
            who, service.list_jobs, status=status, every_day=every_day, limit=limit
        )
    )
    show_rows(found, _COLUMNS, empty="nothing was printed today")


@changes(app, "retry")
def retry(job: Job) -> None:
    """Print at once what failed; print a doubtful slip again, marked as such."""
    from hms.features.printing import service

    show_record(run(lambda application, who: application.do_now(who, service.retry, job)))


@changes(app, "done")
def done(job: Job) -> None:
    """Say that a doubtful slip did come out."""
    from hms.features.printing import service

    show_record(run(lambda application, who: application.do_now(who, service.came_out, job)))


@changes(app, "test")
def test() -> None:
    """Print an example slip here and now, by the very way of every slip."""
    from hms.features.printing.service import require_printer
    from hms.features.tokens.slip import look
    from hms.infra.printing.press import print_now
    from hms.infra.printing.send import Outcome

    def task(application: Any, who: Any) -> Any:
        application.ask_now(who, require_printer)
        return application.ask_now(who, look, None)

    sent = print_now(run(task), current().settings().printing)
    if sent.outcome is not Outcome.PRINTED:
        raise NotPrinted(phrase("{reason} ({value})", reason=sent.reason, value=sent.outcome.value))
    if current().json:
        show_json({"outcome": sent.outcome.value})
    else:
        say("printed")


@changes(app, "block")
def block(
    queue: Annotated[str, typer.Option("--queue", help="The queue's code.")],
    count: Annotated[int, typer.Option("--count", help="How many numbers.")] = 50,
    day: Annotated[
        str | None, typer.Option("--day", help="For this day (YYYY-MM-DD), today if none.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write them to this file too.")] = None,
) -> None:
    """Reserve numbers on paper for when HMS is down; no desk ever gives them out."""
    from hms.features.tokens.service import ReservePaper
    from hms.features.tokens.slip import look_at_paper
    from hms.kit.paper import write_pdf

    asked = ReservePaper(queue, count, day)
    made, slips = run(lambda application, who: application.do_now(who, look_at_paper, asked))
    if pdf is not None:
        write_pdf(pdf, slips)
    if pdf is None or not current().json:
        show_record(made)


@changes(app, "enter")
def enter(
    number: Annotated[str, typer.Argument(help="The number on the paper, such as GMP-017.")],
    arrived: Annotated[str, typer.Option("--arrived", help="When it was given, such as 10:42.")],
    patient: Annotated[str | None, typer.Option("--patient", help="The patient's MRN.")] = None,
    priority_class: Annotated[
        str, typer.Option("--class", help="emergency, elderly, pregnant, disabled, …")
    ] = "normal",
) -> None:
    """Enter a number that was given out on paper; it waits in its fair place."""
    from hms.features.tokens import service

    said = service.EnterPaper(number, arrived, patient, priority_class)

    def task(application: Any, who: Any) -> Any:
        entered = application.do_now(who, service.enter_paper, said)
        return application.ask_now(who, service.show_token, entered.id)

    show_record(run(task))
