"""Whole tables: their checksum does not depend on the order, and sees every change."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from hms.infra.backup import table_rows
from hms.infra.tables import metadata
from tests.support import hospital_at

pytestmark = pytest.mark.both_databases


def test_a_checksum_sees_every_change_and_no_order(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:

        def look(name: str) -> tuple[int, str]:
            table = metadata.tables[name]
            return hospital.db.read_now(lambda work: table_rows.digest(work.db, table))

        before = look("queue")
        assert before[0] == 3
        assert look("queue") == before
        hospital.force("UPDATE queue SET name = 'General' WHERE code = 'GM'")
        assert look("queue")[1] != before[1]
        hospital.force("UPDATE queue SET name = 'General medicine' WHERE code = 'GM'")
        assert look("queue") == before


def test_the_counters_are_told_and_set(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:

        def raise_them(db: Connection) -> None:
            with db.begin():
                counted = table_rows.counters(db)
                table_rows.set_counters(db, {**counted, "outbox": 40, "queue": 0})

        hospital.db.backend.run_now(raise_them, write=True)
        assert hospital.db.read_now(lambda work: table_rows.counters(work.db))["outbox"] == 40
        hospital.issue()
        assert hospital.one("SELECT max(id) FROM outbox") >= 41
