"""Finding one of a million patients as somebody types, through the use case itself."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, literal, select

from benchmarks import postgres
from benchmarks.measure import Row, median, p99, row
from hms.bootstrap import load_models
from hms.features.patients.model import Patient
from hms.features.patients.rules import make_mrn
from hms.features.patients.rules.terms import search_text
from hms.features.patients.service import search
from hms.infra.db import Database
from hms.infra.settings import DatabaseSettings, Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role, Scope

PATIENTS, QUICK_PATIENTS = 1_000_000, 50_000
SEARCHES, QUICK_SEARCHES = 3_000, 1_000
MEDIAN_MS, P99_MS = 1.0, 10.0
_BATCH = 20_000
_SEED = 20_261_120


def _words(line: str) -> list[str]:
    return line.split()


_GIVEN = _words(
    "Maria Mohammed Anna John Fatima Wei Priya José Elena Ahmed Sofia David Aisha Li Olga Peter "
    "Amina Juan Grace Ivan Noor Samuel Ingrid Kofi Yuki Lakshmi Omar Chloé Daniel Zainab Łukasz "
    "Siobhán Thomas Nguyễn Hans Leila Carlos Emma Rajesh Hannah Yusuf Ana George Miriam Björn "
    "Tomás Наталья Иван Ελένη Γιώργος محمد فاطمة أحمد 小明 秀英 民秀 प्रिया राम मीना สมชาย முருகன்"
)
_FAMILY = _words(
    "Smith Garcia Khan Müller Kim Nguyen Patel Ivanova Silva Johnson O'Brien Okafor Rossi "
    "Hernández Yamamoto Kowalska Larsen Mensah Hussain Fernandes Schmidt Novák Diallo Andersson "
    "Papadopoulos Wilson Chowdhury Santos Weber Abdullah Cohen Dubois Moreau Osei Traoré Lopez "
    "Brown Taylor Иванов Παπαδόπουλος حسن خان 王 李 张 김 박 शर्मा सिंह ใจดี செல்வம்"
)
_SYLLABLES = _words(
    "ba ber bo car chen da dor el fa fer gan gar ha hol ik jo kal kor la lin mar men mo nak ner "
    "no ol per qua ra rin ro sa sen sha son ta tor ul va ver vi wa wen yam zel zo"
)


def rows(quick: bool) -> list[Row]:
    """Return one result row for each bound (contracts.md 1)."""
    count = QUICK_PATIENTS if quick else PATIENTS
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hms-bench-"))
        db = _hospital(f"sqlite+aiosqlite:///{Path(folder) / 'hms.db'}")
        stack.callback(db.close_now)
        db.write_now(lambda work: fill(work, count))
        typed = _typed(count, QUICK_SEARCHES if quick else SEARCHES)
        results = _bounds(f"search among {count:,} patients", _measure(db, typed))
        server = postgres.server()
        if server is None:
            return results
        url = stack.enter_context(postgres.database(server))
        other = _hospital(url)
        stack.callback(other.close_now)
        asyncio.run(fill_postgres(url, count))
        with _inside() as inside_ms:
            taken_ms = _measure(other, typed)
        name = f"search among {count:,} patients, PostgreSQL"
        results += _bounds(name, inside_ms[-len(typed) :], around_ms=taken_ms)
        unlike = sum(_found(db, text)[1] != _found(other, text)[1] for text in typed)
        return [
            *results,
            row("searches whose first 20 differ between the databases", unlike, "searches", 0),
        ]


def _bounds(name: str, taken_ms: list[float], around_ms: Sequence[float] = ()) -> list[Row]:
    beside = "the use case around it" if around_ms else None
    return [
        row(f"{name}, {what}", value, "ms", bound,
            taken_ms=taken_ms, baseline=beside, baseline_ms=around_ms)
        for what, value, bound in (
            ("median", median(taken_ms), MEDIAN_MS), ("p99", p99(taken_ms), P99_MS)
        )
    ]  # fmt: skip


@contextmanager
def _inside() -> Iterator[list[float]]:
    """Note how long each search waits for PostgreSQL: from the question to the last row."""
    waited_ms: list[float] = []
    asked = asyncpg.Connection.fetch

    async def fetch(*query: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return await asked(*query, **options)
        finally:
            waited_ms.append((time.perf_counter() - began) * 1000)

    asyncpg.Connection.fetch = fetch
    try:
        yield waited_ms
    finally:
        asyncpg.Connection.fetch = asked


def people(count: int) -> Iterator[tuple[str, date, str]]:
    """Yield ``count`` invented people (name, birth date, phone), always the same ones.

    Common names are as common as in life: the first of the list about one in
    fifty, and a long tail of rare ones.
    """
    dice = random.Random(_SEED)
    given = _GIVEN + [_word(dice, 2).capitalize() for _ in range(3_000)]
    family = _FAMILY + [_word(dice, 3).capitalize() for _ in range(40_000)]
    names = zip(
        dice.choices(given, [1 / (rank + 8) for rank in range(len(given))], k=count),
        dice.choices(family, [1 / (rank + 8) for rank in range(len(family))], k=count),
        strict=True,
    )
    for first, last in names:
        born = date(1926, 1, 1) + timedelta(days=int(dice.triangular(0, 36_800, 22_000)))
        yield f"{first} {last}", born, f"07{dice.randrange(10**9):09d}"


# Past the type processing of SQLAlchemy, which would take longer than the database.
_PATIENTS = """INSERT INTO patient (
    id, hospital_id, mrn, name, search_text, birth_date, birth_year, birth_estimated, sex, phone,
    phone_backwards, allergies, contact, address, private, temporary, created_at, updated_at,
    version
) VALUES (?, 1, ?, ?, ?, ?, ?, 0, 'unknown', ?, ?, '[]', '', '', 0, 0, ?, ?, 1)"""
_LATER = ("ix_patient_phone", "ix_patient_birth_date")  # cheaper to sort once than to keep sorted
_TERMS = "INSERT INTO patient_search (rowid, terms) VALUES (?, ?)"


def fill(work: Work, count: int) -> None:
    """Write ``count`` invented patients of hospital 1 to SQLite and let them be found."""
    at = work.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    later = [index for index in table_of(Patient).indexes if index.name in _LATER]
    for index in later:
        index.drop(work.db)
    numbered = enumerate(people(count), start=1)
    while batch := [_row(at, number, *person) for number, person in islice(numbered, _BATCH)]:
        work.db.exec_driver_sql(_PATIENTS, batch)
        work.db.exec_driver_sql(_TERMS, [(row[0], row[3]) for row in batch])
    for index in later:
        index.create(work.db)


def _row(at: str, number: int, name: str, born: date, phone: str) -> tuple[Any, ...]:
    backwards = phone.lstrip("0")[::-1]
    terms = search_text(name, year=born.year, phone=backwards)
    day = born.isoformat()
    return (number, make_mrn(number), name, terms, day, born.year, phone, backwards, at, at)


async def fill_postgres(url: str, count: int) -> None:
    """Write the same patients to an empty hospital on PostgreSQL and let them be found."""
    db = await postgres.connect(url)
    now = datetime.now(UTC)
    try:
        await db.copy_records_to_table(
            "patient",
            columns=_COLUMNS,
            records=(_record(now, n, *person) for n, person in enumerate(people(count), start=1)),
        )
        index = await db.fetchval(_INDEX)
        await db.execute("DROP INDEX ix_patient_words_terms")  # quicker made for all at once
        await db.execute(_WORDS)
        await db.execute(index)
        await db.execute("VACUUM ANALYZE")
        with suppress(asyncpg.InsufficientPrivilegeError):
            await db.execute("CHECKPOINT")  # else the filling is still being written to the disk
    finally:
        await db.close()


_COLUMNS = (
    "id", "hospital_id", "mrn", "name", "search_text", "birth_date", "birth_year",
    "birth_estimated", "sex", "phone", "phone_backwards", "allergies", "contact", "address",
    "private", "temporary", "created_at", "updated_at", "version",
)  # fmt: skip
_INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_patient_words_terms'"
_WORDS = """INSERT INTO patient_words (patient_id, hospital_id, terms)
    SELECT id, hospital_id, array_to_tsvector(ARRAY(
        SELECT word FROM unnest(string_to_array(search_text, ' ')) AS word
        UNION SELECT left(word, n) || '*' FROM generate_series(1, 5) AS n,
        unnest(string_to_array(search_text, ' ')) AS word
        UNION SELECT '#' || hospital_id
        UNION SELECT '#' || hospital_id || '.' || bits || '.' || (id >> bits)
        FROM unnest(ARRAY[11, 15, 19, 23]) AS bits))
    FROM patient"""


def _record(at: datetime, number: int, name: str, born: date, phone: str) -> tuple[Any, ...]:
    backwards = phone.lstrip("0")[::-1]
    terms = search_text(name, year=born.year, phone=backwards)
    return (
        number, 1, make_mrn(number), name, terms, born, born.year,
        False, "unknown", phone, backwards, "[]", "", "", False, False, at, at, 1,
    )  # fmt: skip


def _hospital(url: str) -> Database:
    from hms.features.staff.model import Hospital
    from hms.infra.db import open_database

    load_models()
    db = open_database(Settings(database=DatabaseSettings(url=url)), create=True)
    db.create_schema()
    now = datetime.now(UTC)
    hospital = insert(table_of(Hospital))
    db.write_now(lambda work: work.db.execute(hospital, {"id": 1, "created_at": now}).rowcount)
    return db


def _typed(count: int, searches: int) -> list[str]:
    """Return what a desk types: a realistic mix, from the first letter on."""
    dice = random.Random(_SEED + 1)
    chosen = set(dice.sample(range(count), min(count, searches)))
    known = [(i + 1, *person) for i, person in enumerate(people(count)) if i in chosen]
    dice.shuffle(known)
    typed: list[str] = []
    for number, name, born, phone in known:
        first, last = name.split(" ", 1)
        ways = (
            last[:1],
            last[:2],
            last[:3],
            last[:4],
            last,
            f"{first} {last}",
            f"{last[:3]} {first[:2]}",
            f"{first[:1]} {last[:3]}",
            f"{last[:2]} {born.year}",
            str(born.year),
            phone[-4:],
            phone,
            make_mrn(number),
            make_mrn(number)[:6],
        )
        typed.append(ways[len(typed) % len(ways)])
    return typed


_BEGUN = select(literal(1))
_DESK = Actor(1, "desk", Role.RECEPTIONIST, 1, {"patients.search": Scope.HOSPITAL})


def _measure(db: Database, typed: list[str]) -> list[float]:
    """Return how long each search takes inside its transaction."""
    for text in typed[:50]:
        _found(db, text)
    return [_found(db, text)[0] for text in typed]


def _found(db: Database, text: str) -> tuple[float, list[str]]:
    """Return the milliseconds that a search took, and the MRNs it found."""

    def look(work: Work) -> tuple[float, list[str]]:
        work.db.execute(_BEGUN)  # PostgreSQL's transaction begins with its first statement
        began = time.perf_counter()
        found = search(work, _DESK, text)
        return (time.perf_counter() - began) * 1000, [view.mrn for view in found]

    return db.read_now(look)


def _word(dice: random.Random, syllables: int) -> str:
    return "".join(dice.choice(_SYLLABLES) for _ in range(dice.choice((syllables, syllables + 1))))


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(rows("--quick" in sys.argv), indent=1))
