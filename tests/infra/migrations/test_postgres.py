"""On PostgreSQL, too, the migrations give the models' schema; needs HMS_TEST_POSTGRES_URL."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from hms.bootstrap import load_models
from hms.features.patients import queries
from hms.features.patients.rules.terms import read_search
from hms.infra import schema
from hms.infra.db import open_database
from hms.infra.settings import Settings
from hms.infra.tables import SCHEMA_VERSION
from hms.infra.uow import Work
from hms.kernel import ids
from tests.infra.backup.test_postgres import URL, maintain

pytestmark = [
    pytest.mark.skipif(not URL, reason="HMS_TEST_POSTGRES_URL names no PostgreSQL"),
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="pg_dump is not installed"),
]


GRANT = "GRANT SELECT ON patient_words TO PUBLIC"


@pytest.fixture
def urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return two empty databases, gone afterwards."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    names = [f"hms_test_{ids.op_id()}" for _ in range(2)]
    for name in names:
        asyncio.run(maintain(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    yield [make_url(URL).set(database=n).render_as_string(hide_password=False) for n in names]
    for name in names:
        asyncio.run(maintain(f'DROP DATABASE "{name}" WITH (FORCE)'))


def schema_of(url: str) -> list[str]:
    """Return the lines of the database's schema as pg_dump writes it."""
    place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        ["pg_dump", "--schema-only", "--no-owner", "--exclude-table=alembic_version", place],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    return [line for line in lines if line and not re.match(r"--|\\(un)?restrict", line)]


def test_step_by_step_gives_the_schema_that_init_makes(urls: list[str]) -> None:
    load_models()
    by_steps, at_once = (open_database(Settings(), url=url) for url in urls)
    by_steps.backend.run_now(schema.upgrade, write=True)
    at_once.create_schema()
    for database in (by_steps, at_once):
        database.close_now()
    assert schema_of(urls[0]) == schema_of(urls[1])
    assert any("CREATE TRIGGER" in line for line in schema_of(urls[0]))


@pytest.mark.parametrize("first", [1, 2])
def test_patients_of_an_older_schema_are_found_by_the_newest(
    first: int, urls: list[str], tmp_path: Path
) -> None:
    older = tmp_path / "older"
    newer = [f"v{step:04d}_*" for step in range(first + 1, SCHEMA_VERSION + 1)]
    shutil.copytree(schema.MIGRATIONS, older, ignore=shutil.ignore_patterns("__pycache__", *newer))
    database = open_database(Settings(), url=urls[0])
    database.backend.run_now(partial(schema.upgrade, folder=older), write=True)
    database.backend.run_now(register_at_schema_1, write=True)
    if first == 2:
        database.write_now(lambda work: work.db.exec_driver_sql(GRANT).close())
    database.backend.run_now(schema.upgrade, write=True)
    assert database.read_now(rights) == (first == 2), "desks must not lose their rights"
    for typed in ("lakshmi", "rao lakshmi", "lak", "r"):
        assert database.read_now(partial(found, typed)) == ["Lakshmi Rao"], typed
    database.close_now()


def rights(work: Work) -> bool:
    """Return whether everybody may read the words of patients."""
    asked = "SELECT has_table_privilege('public', 'patient_words', 'SELECT')"
    return bool(work.db.exec_driver_sql(asked).scalar())


def found(typed: str, work: Work) -> list[str]:
    """Return the names of the patients that a desk finds so."""
    wanted = read_search(typed, date(2031, 3, 4))
    return [view.name for view in queries.find(work.db, 1, wanted, limit=20)]


def register_at_schema_1(db: Connection) -> None:
    """Write down two patients as an older HMS did, the second of them archived."""
    with db.begin():
        db.exec_driver_sql("INSERT INTO hospital (id, created_at) VALUES (1, now())")
        for number, gone in (("1", "NULL"), ("2", "now()")):
            db.exec_driver_sql(
                "INSERT INTO patient (hospital_id, mrn, name, search_text, birth_estimated, sex,"
                " phone, allergies, contact, address, private, temporary, archived_at, created_at,"
                f" updated_at, version) VALUES (1, '0000000{number}', 'Lakshmi Rao', 'lakshmi rao',"
                f" false, 'female', '', '[]', '', '', false, false, {gone}, now(), now(), 1)"
            )
