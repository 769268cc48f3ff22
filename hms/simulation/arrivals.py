"""A file of arrivals: one row for each person who came, read whole before anything begins.

A row holds no line break, so each line is read by itself: a row that ends in
the middle, or an open quote, costs that row and no other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.simulation.errors import RowRefused, UnreadableArrivals

COLUMNS = (
    "arrived_at",
    "sex",
    "age_group",
    "arrival_method",
    "manchester_triage",
    "admitted",
    "specialty",
)
TRIAGE = ("Red", "Orange", "Yellow", "Green", "Blue")
SEXES = {"M": "male", "F": "female", "": "unknown"}
LINE_BYTES = 16_384
OLDEST_AGE = 130
_FIRST_YEAR, _LAST_YEAR = 1971, 2199


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person at the door; ``ages`` are the least and the most in years, None when unknown.

    ``triage`` is a colour of the Manchester scale or empty, ``at`` is taken as UTC.
    """

    line: int
    at: datetime
    sex: str
    ages: tuple[int, int] | None
    triage: str
    specialty: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was left out, and why."""

    line: int
    reason: str

    def as_json(self) -> dict[str, object]:
        """Return the row as ``--json`` reports it."""
        return {"line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The good rows in order of time, and the refused ones in order of the file."""

    good: tuple[Arrival, ...]
    refused: tuple[RefusedRow, ...] = ()


def read_arrivals(path: Path) -> Arrivals:
    """Read the file of arrivals at ``path``.

    Raises:
        UnreadableArrivals: no file, not UTF-8, no CSV, or without one of ``COLUMNS``.
    """
    lines = _lines(path)
    number, head = next(lines, (1, ""))
    places = _places(number, head)
    good: list[Arrival] = []
    refused: list[RefusedRow] = []
    for number, line in lines:
        try:
            good.append(_arrival(number, _cells(line), places))
        except InvalidInput as error:
            refused.append(RefusedRow(number, error.message))
    good.sort(key=lambda arrival: arrival.at)
    return Arrivals(tuple(good), tuple(refused))


def our_own() -> Arrivals:
    """Return the arrivals that come with HMS: a few days of an emergency department."""
    with as_file(files("hms.simulation.demo") / "data" / "arrivals.csv") as path:
        return read_arrivals(path)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is not blank."""
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(LINE_BYTES):
                number += 1
                line = _text(path, number, raw).rstrip("\r\n")
                if line.strip():
                    yield number, line
    except OSError as error:
        raise UnreadableArrivals(
            phrase("{path} cannot be read: {strerror}", path=show(path), strerror=error.strerror),
            hint="name a CSV file of arrivals",
            field="arrivals",
        ) from error


def _text(path: Path, number: int, raw: bytes) -> str:
    if len(raw) == LINE_BYTES or b"\0" in raw:
        raise UnreadableArrivals(
            phrase("{path}, line {number}: this is no CSV file", path=show(path), number=number),
            hint="save it as CSV in UTF-8",
            field="arrivals",
        )
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableArrivals(
            phrase(
                "{path}, line {number}: byte {start} is not UTF-8",
                path=show(path),
                number=number,
                start=error.start + 1,
            ),
            hint="save it as CSV in UTF-8",
            field="arrivals",
        ) from error


def _cells(line: str) -> list[str]:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error as error:
        raise RowRefused(phrase("the row is not CSV ({error})", error=error)) from error
    return [cell.strip() for cell in rows[0]] if rows else []


def _places(number: int, head: str) -> dict[str, int]:
    """Return where each column stands."""
    try:
        names = [name.lower() for name in _cells(head)]
    except RowRefused:
        names = []
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise UnreadableArrivals(
            phrase("line {number} names no column {join}", number=number, join=", ".join(missing)),
            hint=phrase("the first line must name the columns {join}", join=",".join(COLUMNS)),
            field="arrivals",
        )
    return {column: names.index(column) for column in COLUMNS}


def _arrival(number: int, cells: list[str], places: dict[str, int]) -> Arrival:
    if len(cells) <= max(places.values()):
        raise RowRefused(
            phrase(
                "the row ends after {count} of {max} cells",
                count=len(cells),
                max=max(places.values()) + 1,
            )
        )
    said = {column: cells[place] for column, place in places.items()}
    if said["admitted"].lower() not in ("true", "false", ""):
        raise RowRefused(
            phrase("admitted is {shown}, not True or False", shown=_shown(said["admitted"]))
        )
    return Arrival(
        line=number,
        at=_instant(said["arrived_at"]),
        sex=_sex(said["sex"]),
        ages=_ages(said["age_group"]),
        triage=_triage(said["manchester_triage"]),
        specialty=said["specialty"].lower(),
    )


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if (
        at is None
        or len(text) < len("2031-03-01T00:00")
        or not _FIRST_YEAR <= at.year <= _LAST_YEAR
    ):
        raise RowRefused(
            phrase(
                "arrived_at is {shown}, not a time such as 2031-03-01T00:18:25", shown=_shown(text)
            )
        )
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _sex(text: str) -> str:
    sex = SEXES.get(text.upper())
    if sex is None:
        raise RowRefused(phrase("sex is {shown}, not M, F or empty", shown=_shown(text)))
    return sex


def _ages(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    least, dash, most = text.partition("-")
    numbers = all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in (least, most))
    if not (dash and numbers and int(least) <= int(most) <= OLDEST_AGE):
        raise RowRefused(
            phrase("age_group is {shown}, not years such as 25-34", shown=_shown(text))
        )
    return int(least), int(most)


def _triage(text: str) -> str:
    colour = text.capitalize()
    if colour and colour not in TRIAGE:
        raise RowRefused(
            phrase(
                "manchester_triage is {shown}, not one of {join} or empty",
                shown=_shown(text),
                join=", ".join(TRIAGE),
            )
        )
    return colour


def _shown(text: str) -> str:
    return f'"{show(text[:40])}"' if text else "empty"
