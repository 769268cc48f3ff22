"""Arrivals for tests: the real file's first days, and rows of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from hms.simulation.arrivals import COLUMNS, Arrival, read_arrivals
from tests.house.sources import ROOT

MONTH = ROOT / "data" / "arrivals" / "ed_visits_2031-03.csv"
HEAD = ",".join(COLUMNS)
GOOD = "2031-03-01T00:18:25,F,35-44,Ambulance,Green,False,"


def first(count: int) -> tuple[Arrival, ...]:
    """Return the first ``count`` arrivals of the month."""
    return tuple(islice(read_arrivals(MONTH).good, count))


def written(path: Path, *rows: str, head: str = HEAD) -> Path:
    """Write a file of arrivals and return it."""
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def arrival(
    hour: int = 9,
    minute: int = 0,
    *,
    triage: str = "Green",
    ages: tuple[int, int] | None = (25, 34),
    specialty: str = "",
) -> Arrival:
    """Return somebody who comes on the 3rd of March 2031."""
    at = datetime(2031, 3, 3, hour, minute, tzinfo=UTC)
    return Arrival(2, at, "female", ages, triage, specialty)
