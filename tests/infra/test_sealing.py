"""Sealing from outside of the operations: all of it, and its head noted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.infra import audit_anchors, audit_chain, outbox, sealing
from tests.support import hospital_at


def test_everything_is_sealed_a_batch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 5)
    monkeypatch.setattr(audit_chain.seal, "__defaults__", (5,))
    with hospital_at(tmp_path / "hms.db") as hospital:
        sealing.seal_all_now(hospital.db)
        assert hospital.db.read_now(lambda work: audit_chain.waiting(work.db)) == 0
        [anchor] = audit_anchors.read(tmp_path, hospital.db.read_now(lambda w: outbox.epoch(w.db)))
        assert anchor.head == hospital.db.read_now(lambda work: audit_chain.head(work.db))


@pytest.mark.asyncio
async def test_both_faces_seal(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        assert await sealing.seal(hospital.db) > 0
        assert await sealing.seal(hospital.db) == 0
        await hospital.db.close()


def test_a_head_that_cannot_be_noted_does_not_undo_the_seal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        audit_anchors.anchor_file(tmp_path).mkdir()
        assert sealing.seal_now(hospital.db) > 0
        assert hospital.db.read_now(lambda work: audit_chain.waiting(work.db)) == 0
    assert "cannot be noted" in caplog.text


def test_a_timeline_that_begins_sealed_notes_its_head(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        sealing.note_head_now(hospital.db)
        assert not audit_anchors.anchor_file(tmp_path).exists()
        sealing.seal_all_now(hospital.db)
        audit_anchors.anchor_file(tmp_path).unlink()
        sealing.note_head_now(hospital.db)
        assert audit_anchors.anchor_file(tmp_path).exists()
