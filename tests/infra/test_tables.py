"""Tables of no feature: the audit only grows, the outbox never counts anew, instants are UTC."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from hms.infra.tables import Instant, Meta
from tests.support import Hospital, hospital_at, quick_folder

AT = datetime(2031, 3, 4, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with quick_folder(tmp_path) as folder, hospital_at(folder / "hms.db") as made:
        yield made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "UPDATE audit SET op_id = op_id || 'x' WHERE id = 1",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 1",
    ],
)
def test_the_audit_is_only_ever_added_to(hospital: Hospital, statement: str) -> None:
    before = hospital.rows("SELECT * FROM audit")
    with pytest.raises(IntegrityError):
        hospital.force(statement)
    assert hospital.rows("SELECT * FROM audit") == before


def test_one_operation_is_audited_once(hospital: Hospital) -> None:
    with pytest.raises(IntegrityError):
        hospital.force(
            "INSERT INTO audit (at, hospital_id, actor, role, terminal, op_id, part, action, kind) "
            "SELECT at, 1, 'x', 'x', '', op_id, part, 'x', 'x' FROM audit LIMIT 1"
        )


def test_the_outbox_goes_on_counting_when_it_was_emptied(hospital: Hospital) -> None:
    last = hospital.one("SELECT max(id) FROM outbox")
    hospital.force("DELETE FROM outbox")
    hospital.issue()
    assert hospital.one("SELECT min(id) FROM outbox") == last + 1


def test_an_instant_comes_back_in_utc_to_the_microsecond(hospital: Hospital) -> None:
    kind, dialect = Instant(), sqlite.dialect()
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    kept = kind.process_bind_param(elsewhere, dialect)
    assert kind.process_result_value(kept, dialect) == AT
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="must be aware"):
        Instant().process_bind_param(AT.replace(tzinfo=None), sqlite.dialect())


def test_instants_in_the_table_sort_as_in_time(hospital: Hospital) -> None:
    for _ in range(3):
        hospital.issue()
        hospital.clock.forward(hours=5, microseconds=1)
    by_text = hospital.rows("SELECT id FROM token ORDER BY issued_at")
    assert by_text == [(1,), (2,), (3,)]


def test_a_new_database_has_an_epoch_and_a_version(hospital: Hospital) -> None:
    meta = dict(hospital.rows("SELECT key, value FROM meta"))
    assert meta.keys() >= {"epoch", "schema_version"}
    assert len(meta["epoch"]) == 28


def test_a_table_is_a_whole_model_to_whoever_makes_one_of_it() -> None:
    """Its validator is made at the first use, not at the start of every command."""
    assert Meta.model_validate({"key": "epoch", "value": "a"}).model_dump() == {
        "key": "epoch",
        "value": "a",
    }
    with pytest.raises(ValidationError):
        Meta.model_validate({"key": "epoch"})


def test_no_validator_is_made_at_a_start() -> None:
    code = "from hms.infra.tables import Meta; print(Meta.__pydantic_complete__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
