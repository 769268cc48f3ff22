"""The chain of the audit: what was added is sealed, once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from hms.infra import audit_chain
from hms.infra.audit_chain import GENESIS, link
from tests.infra.audit_support import sealed_hospital
from tests.support import hospital_at


def test_every_entry_is_sealed_once_and_the_seals_have_no_gap(tmp_path: Path) -> None:
    with sealed_hospital(tmp_path) as hospital:
        entries = hospital.one("SELECT count(*) FROM audit")
        seals = hospital.rows("SELECT seq, audit_id FROM audit_seal ORDER BY seq")
        assert [seq for seq, _ in seals] == list(range(1, entries + 1))
        assert [entry for _, entry in seals] == sorted(entry for _, entry in seals)
        assert hospital.db.write_now(lambda work: audit_chain.seal(work.db)) == 0


def test_a_seal_follows_from_the_one_before_and_the_entry_alone(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        hospital.db.write_now(lambda work: audit_chain.seal(work.db, limit=3))
        before, columns = (
            GENESIS,
            ", ".join(f'"{c.key}"' for c in audit_chain.entry_columns("sqlite")),
        )
        for entry in hospital.rows(f"SELECT {columns} FROM audit ORDER BY id LIMIT 3"):
            before = link(before, entry)
        head = hospital.db.read_now(lambda work: audit_chain.head(work.db))
        assert head is not None
        assert (head.seq, head.hash) == (3, before.hex())


def test_a_batch_leaves_the_rest_for_the_next(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        entries = hospital.one("SELECT count(*) FROM audit")
        assert hospital.db.write_now(lambda work: audit_chain.seal(work.db, limit=4)) == 4
        assert hospital.db.read_now(lambda work: audit_chain.waiting(work.db)) == entries - 4
        assert hospital.db.write_now(lambda work: audit_chain.seal(work.db)) == entries - 4


def test_two_sealers_make_one_chain(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as first, hospital_at(tmp_path / "hms.db") as second:
        for number in range(6):
            desk = (first, second)[number % 2]
            desk.issue("LAB")
            desk.db.write_now(lambda work: audit_chain.seal(work.db, limit=2))
        while first.db.write_now(lambda work: audit_chain.seal(work.db)):
            pass
        assert first.one("SELECT max(seq) = count(*) FROM audit_seal")


@pytest.mark.parametrize("table", ["audit", "audit_seal"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET rowid = rowid", "DELETE FROM {0}"])
def test_the_database_itself_refuses_to_change_it(tmp_path: Path, table: str, verb: str) -> None:
    with sealed_hospital(tmp_path, 1) as hospital, pytest.raises(IntegrityError, match="only ever"):
        hospital.force(verb.format(table))
