"""``hms simulate``: a file of arrivals through the real use cases, on a hospital of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hms.kernel.errors import Exit, InvalidInput
from hms.kernel.i18n import phrase
from hms.kit.invocation import current
from hms.kit.output import progress, say, show_facts, show_json

if TYPE_CHECKING:
    from hms.simulation.arrivals import RefusedRow

MOST_DOCTORS = 500
SHOWN_ROWS = 20


def simulate(
    arrivals: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV of arrivals, one row for each person.")
    ],
    speed: Annotated[
        float, typer.Option(help="Simulated seconds in one second; 0 is as fast as it can.")
    ] = 0.0,
    doctors: Annotated[
        int | None, typer.Option(help="How many doctors; as many as busy hours need.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Use this empty database and keep it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same days.")] = 1,
    no_show_rate: Annotated[
        float, typer.Option(help="Share of first calls that nobody answers, 0 to 1.")
    ] = 0.0,
) -> None:
    """Drive the real use cases with a file of arrivals, on a scratch hospital of its own."""
    _check(speed, doctors, no_show_rate)
    from hms.simulation.arrivals import read_arrivals
    from hms.simulation.month import Plan, simulate_month

    read = read_arrivals(arrivals)
    with progress("arrivals", len(read.good)) as step:
        summary = simulate_month(
            read, Plan(speed, doctors, seed, no_show_rate), url=database, step=step
        )
    _tell(summary.as_json(), summary.refused)
    if summary.refused:
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
    for row in refused[:SHOWN_ROWS]:
        say(phrase("line {line}: {reason}", line=row.line, reason=row.reason))
    if len(refused) > SHOWN_ROWS:
        say(phrase("and {count} more rows were refused", count=len(refused) - SHOWN_ROWS))
