"""Patients from files: read line by line, checked, taken in batches that are each all or nothing.

A bad row is reported with its line and reason and the good ones are kept, so
nothing here stops at the first mistake; only a file that is no such table at all
is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from hms.features.patients.csv_lines import BadLine, Record, Table, open_table
from hms.features.patients.rules import RegisterPatient
from hms.features.patients.service import ImportRow, RowOutcome, Taken
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import fold

BATCH = 200
MOST_REFUSALS = 10_000  # kept with line and reason; the rest is only counted
Progress = Callable[[int], None]
RunBatch = Callable[[list[ImportRow]], list[RowOutcome]]

# What a column may be called in a plain file, folded; the first name is the documented one.
_ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "patient name", "patient"),
    "given_name": ("given name", "first name", "forename", "first"),
    "family_name": ("family name", "last name", "surname", "last"),
    "birth_date": ("birth date", "birthdate", "date of birth", "dob", "born", "birth year"),
    "age": ("age", "age years", "age in years"),
    "sex": ("sex", "gender"),
    "phone": ("phone", "telephone", "mobile", "phone number", "mobile number", "tel"),
    "blood_group": ("blood group", "blood type"),
    "allergies": ("allergies", "allergy"),
    "contact": ("contact", "emergency contact", "next of kin"),
    "address": ("address",),
    "id": ("id", "external id", "patient id", "identifier", "reference"),
}
_SYNTHEA_COLUMNS = ("Id", "BIRTHDATE", "FIRST", "LAST", "GENDER")
_SYNTHEA_NAME = ("FIRST", "MIDDLE", "LAST")
_SYNTHEA_ADDRESS = ("ADDRESS", "CITY", "STATE", "ZIP")
_TRAILING_DIGITS = re.compile(r"\d+\Z")
_SEVERAL = re.compile(r"\s*[;|]\s*")


class NotThatTable(InvalidInput):
    """The file is no table of patients: a column is missing, or nothing fits."""

    code = "patients.import_file"


@dataclass(slots=True)
class ImportReport:
    """What an import did, or on a dry run would do.

    ``refused`` holds line and reason of each refused row; ``left_out`` counts
    those beyond the first 10,000.
    """

    dry_run: bool
    rows: int = 0
    taken: int = 0
    already: int = 0
    refused: list[RowOutcome] = field(default_factory=list)
    left_out: int = 0

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        """Count what became of some rows."""
        for outcome in outcomes:
            self.rows += 1
            if outcome.result is Taken.TAKEN:
                self.taken += 1
            elif outcome.result is Taken.ALREADY:
                self.already += 1
            elif len(self.refused) < MOST_REFUSALS:
                self.refused.append(outcome)
            else:
                self.left_out += 1

    @property
    def complete(self) -> bool:
        """Return whether no row was refused."""
        return not self.refused and not self.left_out

    def as_json(self) -> dict[str, Any]:
        """Return the report as the contract's JSON."""
        refused = [{"line": row.line, "reason": row.reason} for row in self.refused]
        return {
            "rows": self.rows,
            "taken": self.taken,
            "already": self.already,
            "refused": refused,
            "dry_run": self.dry_run,
        }


def import_file(
    path: Path, kind: str, run: RunBatch, *, dry_run: bool, progress: Progress = lambda _size: None
) -> ImportReport:
    """Give every row of a file to ``run``, 200 at a time, and report what became of them.

    Args:
        path: the file.
        kind: ``synthea`` or ``csv``.
        run: takes or only checks a batch, in one transaction.
        dry_run: whether ``run`` only checks; for the report.
        progress: is told how many more bytes of the file have been dealt with.

    Raises:
        FileMissing: the file is not there or cannot be read.
        NotThatTable: it lacks a column, or is no table.
    """
    report = ImportReport(dry_run)
    with open_table(path) as table:
        rows = _rows(table, kind)
        done = 0
        while batch := list(islice(rows, BATCH)):
            good = [row for row in batch if isinstance(row, ImportRow)]
            outcomes = [row for row in batch if isinstance(row, RowOutcome)]
            if good:
                outcomes += run(good)
            report.add(sorted(outcomes, key=lambda outcome: outcome.line))
            progress(table.bytes_read - done)
            done = table.bytes_read
    return report


def _rows(table: Table, kind: str) -> Iterator[ImportRow | RowOutcome]:
    read = _synthea(table.columns) if kind == "synthea" else _plain(table.columns)
    for record in table.records():
        if isinstance(record, BadLine):
            yield RowOutcome(record.line, Taken.REFUSED, record.reason)
            continue
        try:
            yield read(record)
        except InvalidInput as error:
            yield RowOutcome(record.line, Taken.REFUSED, error.message)


def _synthea(columns: tuple[str, ...]) -> Callable[[Record], ImportRow]:
    """Return how a row of Synthea's patients.csv is read."""
    missing = [name for name in _SYNTHEA_COLUMNS if name not in columns]
    if missing:
        raise NotThatTable(
            phrase(
                "this is no Synthea patients file: line 1 has no column {join}",
                join=" and no ".join(missing),
            ),
            hint="a plain table is imported with --format csv",
            field="file",
        )
    at = {name: columns.index(name) for name in columns}

    def read(record: Record) -> ImportRow:
        row = {name: record.values[index] for name, index in at.items()}
        said = RegisterPatient(
            name=" ".join(_without_digits(row.get(part, "")) for part in _SYNTHEA_NAME),
            birth=row["BIRTHDATE"],
            sex=row["GENDER"],
            address=", ".join(row[name] for name in _SYNTHEA_ADDRESS if row.get(name)),
            deceased_on=row.get("DEATHDATE", ""),
        )
        if not row["Id"].strip():
            raise NotThatTable("the column Id is empty", field="id")
        return ImportRow(record.line, said, "synthea", row["Id"])

    return read


def _without_digits(name: str) -> str:
    """Return a Synthea name without the number that Synthea puts behind it ("Maynard46")."""
    return _TRAILING_DIGITS.sub("", name.strip())


def _plain(columns: tuple[str, ...]) -> Callable[[Record], ImportRow]:
    """Return how a row of a plain table is read, whatever its columns are called."""
    at = _known_columns(columns)
    if "name" not in at and not {"given_name", "family_name"} <= set(at):
        raise NotThatTable(
            "line 1 names no column 'name' (nor 'given name' and 'family name')",
            hint="the columns are " + ", ".join(names[0] for names in _ALIASES.values()),
            field="file",
        )

    def read(record: Record) -> ImportRow:
        row = {name: record.values[index].strip() for name, index in at.items()}
        name = row.get("name") or f"{row.get('given_name', '')} {row.get('family_name', '')}"
        said = RegisterPatient(
            name=name,
            birth=_birth(row),
            sex=row.get("sex", ""),
            phone=row.get("phone", ""),
            blood_group=row.get("blood_group", ""),
            allergies=_SEVERAL.split(row.get("allergies", "")),
            contact=row.get("contact", ""),
            address=row.get("address", ""),
        )
        return ImportRow(record.line, said, "csv", row.get("id", ""))

    return read


def _known_columns(columns: tuple[str, ...]) -> Mapping[str, int]:
    at: dict[str, int] = {}
    for index, title in enumerate(columns):
        for name, aliases in _ALIASES.items():
            if fold(title) in aliases:
                if name in at:
                    raise NotThatTable(
                        phrase("line 1 names the column '{aliases}' twice", aliases=aliases[0]),
                        hint="remove or rename one of them",
                        field="file",
                    )
                at[name] = index
    return at


def _birth(row: Mapping[str, str]) -> str:
    if row.get("birth_date"):
        return row["birth_date"]
    return f"about {row['age']}" if row.get("age") else ""
