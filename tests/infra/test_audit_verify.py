"""Nobody alters the audit quietly: each way of it is tried, and each is found and named (T21)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from hms.infra import audit_anchors, audit_chain, outbox
from hms.infra.audit_anchors import anchor_file
from hms.infra.audit_chain import Anchor
from hms.infra.audit_verify import verify
from hms.infra.sealing import seal_all_now
from tests.infra.audit_support import GUARDS, seal_anew, sealed_hospital, tamper, verdict
from tests.support import AuditWatch, Hospital, quick_folder

COLUMNS = {
    "at": "'2031-03-04 09:00:00.000001'",
    "hospital_id": "2",
    "user_id": "4711",
    "actor": "'somebody'",
    "role": "'admin'",
    "terminal": "'elsewhere'",
    "session_id": "99",
    "op_id": "'another'",
    "part": "4711",
    "action": "'tokens.nothing'",
    "kind": "'patient'",
    "object_id": "4711",
    "before": "'{\"a\": 1}'",
    "after": '\'{"code": "GM-099"}\'',
}


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital whose audit is sealed and whose head is noted."""
    with quick_folder(tmp_path) as folder, sealed_hospital(folder) as made:
        yield made


def some_entries(hospital: Hospital, count: int) -> list[int]:
    """Return ids of entries, never the newest."""
    ids = [key for (key,) in hospital.rows("SELECT id FROM audit ORDER BY id")][:-1]
    return sorted(random.Random(20310304).sample(ids, count))


def test_an_untouched_audit_is_whole(hospital: Hospital) -> None:
    found = verdict(hospital)
    assert found.sound
    assert found.sealed == hospital.one("SELECT count(*) FROM audit")
    assert found.anchors == 1
    hospital.issue()
    assert verdict(hospital).waiting == 1
    assert verdict(hospital).sound


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_value_is_found_whichever_it_is(hospital: Hospital, column: str) -> None:
    [entry] = some_entries(hospital, 1)
    tamper(hospital, f'UPDATE audit SET "{column}" = {COLUMNS[column]} WHERE id = {entry}')
    found = verdict(hospital)
    assert [(fault.kind, fault.entry) for fault in found.faults] == [("changed", entry)]


def test_each_changed_entry_is_named(hospital: Hospital) -> None:
    entries = some_entries(hospital, 9)
    tamper(hospital, *(f"UPDATE audit SET actor = 'nobody' WHERE id = {e}" for e in entries))
    assert [fault.entry for fault in verdict(hospital).faults] == entries


def test_each_removed_entry_is_named(hospital: Hospital) -> None:
    entries = some_entries(hospital, 9)
    tamper(hospital, *(f"DELETE FROM audit WHERE id = {entry}" for entry in entries))
    found = [(fault.kind, fault.entry) for fault in verdict(hospital).faults]
    assert found == [("removed", entry) for entry in entries]


def test_an_entry_that_is_removed_with_its_seal_is_found(hospital: Hospital) -> None:
    [entry] = some_entries(hospital, 1)
    tamper(
        hospital,
        f"DELETE FROM audit WHERE id = {entry}",
        f"DELETE FROM audit_seal WHERE audit_id = {entry}",
    )
    [fault] = verdict(hospital).faults
    assert (fault.kind, fault.entry) == ("removed", entry + 1)
    assert f"1 seal before entry {entry + 1}" in fault.message


def test_an_inserted_entry_is_named(hospital: Hospital) -> None:
    [entry] = some_entries(hospital, 1)
    tamper(
        hospital,
        f"DELETE FROM audit WHERE id = {entry}",
        f"DELETE FROM audit_seal WHERE audit_id = {entry}",
        "INSERT INTO audit (id, at, hospital_id, actor, role, terminal, op_id, part, action, kind)"
        f" VALUES ({entry}, '2031-03-04 09:00:00', 1, 'rosa', 'nurse', '', 'x', 0, 'a.b', 'token')",
    )
    assert ("inserted", entry) in [(f.kind, f.entry) for f in verdict(hospital).faults]


def test_two_swapped_entries_are_both_named(hospital: Hospital) -> None:
    first, second = some_entries(hospital, 2)
    tamper(
        hospital,
        f"UPDATE audit SET id = -1 WHERE id = {first}",
        f"UPDATE audit SET id = {first} WHERE id = {second}",
        f"UPDATE audit SET id = {second} WHERE id = -1",
    )
    assert [fault.entry for fault in verdict(hospital).faults] == [first, second]


def test_a_changed_seal_is_found(hospital: Hospital) -> None:
    [entry] = some_entries(hospital, 1)
    tamper(hospital, f"UPDATE audit_seal SET hash = zeroblob(32) WHERE audit_id = {entry}")
    assert [fault.entry for fault in verdict(hospital).faults] == [entry, entry + 1]


def test_entries_sealed_anew_differ_from_the_head_that_was_noted(hospital: Hospital) -> None:
    [entry] = some_entries(hospital, 1)
    tamper(hospital, f"UPDATE audit SET actor = 'nobody' WHERE id = {entry}")
    seal_anew(hospital, entry)
    [fault] = verdict(hospital).faults
    assert fault.kind == "resealed"
    assert "2031-03-04T09:00:00.000Z (audit.anchors)" in fault.message


@pytest.mark.parametrize("lost", [1, 5])
def test_a_cut_end_is_found_by_the_head_that_was_noted(hospital: Hospital, lost: int) -> None:
    last = hospital.one("SELECT max(id) FROM audit")
    tamper(
        hospital,
        f"DELETE FROM audit WHERE id > {last - lost}",
        f"DELETE FROM audit_seal WHERE audit_id > {last - lost}",
        f"UPDATE sqlite_sequence SET seq = {last - lost} WHERE name = 'audit'",
    )
    [fault] = verdict(hospital).faults
    assert (fault.kind, fault.entry) == ("cut", last - lost + 1)
    assert f"entry {last} was there" in fault.message


def test_an_entry_that_was_not_sealed_yet_does_not_vanish_quietly(hospital: Hospital) -> None:
    hospital.issue()
    hospital.issue()
    last = hospital.one("SELECT max(id) FROM audit")
    tamper(hospital, f"DELETE FROM audit WHERE id = {last}")
    [fault] = verdict(hospital).faults
    assert fault.kind == "removed"
    assert f"up to {last} were removed" in fault.message


def test_without_any_head_noted_a_cut_end_could_hide(hospital: Hospital) -> None:
    anchor_file(hospital.settings.data_dir).unlink()
    assert [fault.kind for fault in verdict(hospital).faults] == ["unanchored"]
    hospital.issue()
    seal_all_now(hospital.db)
    assert verdict(hospital).sound


def test_everything_removed_is_found(hospital: Hospital) -> None:
    tamper(hospital, "DELETE FROM audit", "DELETE FROM audit_seal", "DELETE FROM sqlite_sequence")
    [fault] = verdict(hospital).faults
    assert fault.message.startswith("all entries were cut off")


def test_many_faults_are_counted_and_a_hundred_told(hospital: Hospital) -> None:
    for _ in range(100):
        hospital.issue()
    seal_all_now(hospital.db)
    tamper(hospital, "UPDATE audit SET role = 'doctor'")
    found = verdict(hospital)
    assert found.fault_count == found.sealed > 100
    assert len(found.faults) == 100
    assert found.as_json()["ok"] is False


# --- each entry of many, in each way (T21) -----------------------------------

KINDS = ("flipped", "deleted", "inserted", "swapped", "sealed anew", "cut off")

_COPY = (
    "INSERT INTO audit SELECT -id, at, hospital_id, user_id, actor, role, terminal, session_id, "
    "'put in', part, action, kind, object_id, before, after FROM audit WHERE id = {entry}"
)


def _statements(kind: str, entry: int, other: int) -> list[str]:
    seals = f"DELETE FROM audit_seal WHERE audit_id >= {entry}"
    return {
        "flipped": [f"UPDATE audit SET action = action || '.' WHERE id = {entry}"],
        "deleted": [f"DELETE FROM audit WHERE id = {entry}"],
        "inserted": [_COPY.format(entry=entry)],
        "swapped": [
            f"UPDATE audit SET id = -1 WHERE id = {entry}",
            f"UPDATE audit SET id = {entry} WHERE id = {other}",
            f"UPDATE audit SET id = {other} WHERE id = -1",
        ],
        "sealed anew": [f"UPDATE audit SET actor = 'nobody' WHERE id = {entry}", seals],
        "cut off": [
            f"DELETE FROM audit WHERE id >= {entry}",
            seals,
            f"UPDATE sqlite_sequence SET seq = {entry - 1} WHERE name = 'audit'",
        ],
    }[kind]


def _named(kind: str, entry: int, other: int, last: int) -> tuple[str, int]:
    """Return kind and entry of the first fault that verifying must name."""
    return {
        "flipped": ("changed", entry),
        "deleted": ("removed", entry),
        "inserted": ("inserted", -entry),
        "swapped": ("changed", min(entry, other)),
        "sealed anew": ("resealed", last),  # the head that was noted is the first that differs
        "cut off": ("cut", entry),
    }[kind]


def _first_fault(
    hospital: Hospital, anchors: list[Anchor], kind: str, entry: int, other: int
) -> tuple[str, int]:
    """Tamper past the triggers, verify, and take it all back."""

    def job(db: Connection) -> tuple[str, int]:
        with db.begin() as transaction:
            for guard in GUARDS:
                db.exec_driver_sql(f"DROP TRIGGER {guard}")
            for statement in _statements(kind, entry, other):
                db.exec_driver_sql(statement)
            if kind == "sealed anew":
                while audit_chain.seal(db):
                    continue
            fault = verify(db, anchors).faults[0]
            transaction.rollback()
        return fault.kind, fault.entry

    AuditWatch.asleep = True
    try:
        return hospital.db.backend.run_now(job, write=True)
    finally:
        AuditWatch.asleep = False


def _each_is_named(hospital: Hospital, count: int) -> None:
    epoch = hospital.db.read_now(lambda work: outbox.epoch(work.db))
    anchors = audit_anchors.read(hospital.settings.data_dir, epoch)
    ids = [key for (key,) in hospital.rows("SELECT id FROM audit ORDER BY id")]
    chance, last = random.Random(20310305), ids[-1]
    for entry in chance.sample(ids[:-1], count):
        other = chance.choice([key for key in ids[:-1] if key != entry])
        for kind in KINDS:
            found = _first_fault(hospital, anchors, kind, entry, other)
            assert found == _named(kind, entry, other, last), f"{kind} {entry} {other}"
    assert verdict(hospital).sound


def test_whatever_is_done_to_whichever_entry_is_found_and_named(hospital: Hospital) -> None:
    _each_is_named(hospital, 15)


@pytest.mark.long
def test_whatever_is_done_to_each_of_a_thousand_entries_is_found_and_named(
    tmp_path: Path,
) -> None:
    with quick_folder(tmp_path) as folder, sealed_hospital(folder, tokens=1_000) as hospital:
        _each_is_named(hospital, 1_000)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "inserted"])
def test_with_its_triggers_the_database_refuses_it_at_once(hospital: Hospital, kind: str) -> None:
    with pytest.raises(IntegrityError, match="only ever added to"):
        hospital.force(_statements(kind, 5, 7)[0])
    assert verdict(hospital).sound


@pytest.mark.long
def test_a_year_of_a_busy_hospital_is_verified_at_a_hundred_thousand_entries_a_second(
    hospital: Hospital,
) -> None:
    """200,000 copies of real entries; the best of three, for the machine has other work."""
    copies = (
        "INSERT INTO audit (at, hospital_id, user_id, actor, role, terminal, op_id, part, action, "
        "kind, object_id, before, after) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
        "FROM n WHERE i < 200000) SELECT a.at, a.hospital_id, a.user_id, a.actor, a.role, "
        "a.terminal, 'copy-' || n.i, 0, a.action, a.kind, a.object_id, a.before, a.after FROM n "
        "JOIN audit a ON a.id = (SELECT max(id) FROM audit)"
    )
    hospital.force(copies)
    seal_all_now(hospital.db)
    rates, found = [], verdict(hospital)
    for _ in range(3):
        began = time.process_time()
        found = verdict(hospital)
        rates.append(found.sealed / (time.process_time() - began))
        assert found.sound
    assert found.sealed > 200_000
    assert max(rates) >= 100_000, f"{max(rates):,.0f} entries a second"
