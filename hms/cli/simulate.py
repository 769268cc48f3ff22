"""``hms simulate``: a file of arrivals through the real use cases, on hospitals of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hms.kernel.errors import Exit, InvalidInput
from hms.kernel.i18n import phrase
from hms.kit.invocation import current
from hms.kit.output import progress, say, show_facts, show_json

if TYPE_CHECKING:
    from hms.simulation.arrivals import Arrivals, RefusedRow

MOST_DOCTORS = 500
MOST_OF = {
    "hospitals": (1, 50),
    "queues": (1, 500),
    "desks": (1, 500),
    "doctors": (1, MOST_DOCTORS),
    "screens": (0, 5000),
}
SHOWN_ROWS = 20


def simulate(
    arrivals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of arrivals, one row each; by default our own."),
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Simulated seconds in one second; 0 is as fast as it can.")
    ] = 0.0,
    doctors: Annotated[
        int | None,
        typer.Option(help="How many doctors; as many as busy hours need (as load 16 a hospital)."),
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Use this empty database and keep it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same days.")] = 1,
    no_show_rate: Annotated[
        float, typer.Option(help="Share of first calls that nobody answers, 0 to 1.")
    ] = 0.0,
    hospitals: Annotated[
        int | None, typer.Option(help="As load, in real time: so many hospitals of a chain.")
    ] = None,
    queues: Annotated[
        int | None, typer.Option(help="As load: queues of each hospital; by default 7.")
    ] = None,
    desks: Annotated[
        int | None, typer.Option(help="As load: desks of each hospital that issue at once.")
    ] = None,
    screens: Annotated[
        int | None, typer.Option(help="As load: screens of each hospital, on its own wall.")
    ] = None,
) -> None:
    """Drive the real use cases with a file of arrivals, on scratch hospitals of its own.

    With --hospitals, --queues, --desks or --screens it is a load: desks, doctors and
    screens work at once and in real time, and what each took is told.
    """
    _check(speed, doctors, no_show_rate)
    from hms.simulation.arrivals import our_own, read_arrivals

    read = read_arrivals(arrivals) if arrivals is not None else our_own()
    sizes = {"hospitals": hospitals, "queues": queues, "desks": desks, "screens": screens}
    if any(size is not None for size in sizes.values()):
        if no_show_rate:
            raise InvalidInput("under load everybody comes when called", field="no-show-rate")
        _load(read, {**sizes, "doctors": doctors}, speed, seed, database)
        return
    from hms.simulation.month import Plan, simulate_month

    with progress("arrivals", len(read.good)) as step:
        summary = simulate_month(
            read, Plan(speed, doctors, seed, no_show_rate), url=database, step=step
        )
    _tell(summary.as_json(), summary.refused)
    if summary.refused:
        raise typer.Exit(Exit.REFUSED)


def _load(
    read: Arrivals, sizes: dict[str, int | None], speed: float, seed: int, database: str | None
) -> None:
    from hms.simulation.load import Load, simulate_load

    wanted = {name: size for name, size in sizes.items() if size is not None}
    for name, size in wanted.items():
        least, most = MOST_OF[name]
        if not least <= size <= most:
            raise InvalidInput(
                phrase("{name} are {least} to {most}", name=name, least=least, most=most),
                field=name,
            )
    load = Load(speed=speed, seed=seed, **wanted)
    with progress("arrivals", len(read.good)) as step:
        summary = simulate_load(read, load, url=database, step=step)
    if current().json:
        show_json(summary)
    else:
        refused = summary.pop("refused_rows")
        show_facts(list(summary.items()))
        _tell_rows([(row["line"], row["reason"]) for row in refused])
    if summary["failed"] or summary["screens_agree"] is False:
        raise typer.Exit(Exit.PROBLEMS_FOUND)
    if summary["refused"]:
        raise typer.Exit(Exit.REFUSED)


def _check(speed: float, doctors: int | None, no_show_rate: float) -> None:
    if not (math.isfinite(speed) and speed >= 0):
        raise InvalidInput("the speed is a number from 0 up", field="speed")
    if doctors is not None and not 1 <= doctors <= MOST_DOCTORS:
        raise InvalidInput(
            phrase("doctors are 1 to {most_doctors}", most_doctors=MOST_DOCTORS), field="doctors"
        )
    if not 0 <= no_show_rate <= 1:
        raise InvalidInput("the no-show rate is 0 to 1", field="no-show-rate")


def _tell(summary: dict[str, Any], refused: tuple[RefusedRow, ...]) -> None:
    if current().json:
        show_json({**summary, "refused_rows": [row.as_json() for row in refused]})
    else:
        show_facts(list(summary.items()))
    _tell_rows([(row.line, row.reason) for row in refused])


def _tell_rows(refused: Sequence[tuple[int, str]]) -> None:
    for line, reason in refused[:SHOWN_ROWS]:
        say(phrase("line {line}: {reason}", line=line, reason=reason))
    if len(refused) > SHOWN_ROWS:
        say(phrase("and {count} more rows were refused", count=len(refused) - SHOWN_ROWS))
