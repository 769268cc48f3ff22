"""A hospital whose audit is sealed, and hands that reach past every guard of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hms.infra import audit_anchors, audit_chain, outbox
from hms.infra.audit_verify import Verdict, verify
from hms.infra.sealing import seal_all_now
from tests.support import Hospital, hospital_at

GUARDS = ("audit_no_update", "audit_no_delete", "audit_seal_no_update", "audit_seal_no_delete")


@contextmanager
def sealed_hospital(folder: Path, tokens: int = 12) -> Iterator[Hospital]:
    """Open a hospital at work whose audit entries are all sealed."""
    with hospital_at(folder / "hms.db") as made:
        for _ in range(tokens):
            made.issue()
        seal_all_now(made.db)
        yield made


def tamper(hospital: Hospital, *statements: str) -> None:
    """Change the audit as somebody with the file in hand could: the triggers are gone first."""
    for guard in GUARDS:
        hospital.force(f"DROP TRIGGER IF EXISTS {guard}")
    for statement in statements:
        hospital.force(statement)


def seal_anew(hospital: Hospital, since: int) -> None:
    """Make the seals from ``since`` on fit what is there now, as a careful forger would."""
    tamper(hospital, f"DELETE FROM audit_seal WHERE audit_id >= {since}")
    while hospital.db.write_now(lambda work: audit_chain.seal(work.db)):
        pass


def verdict(hospital: Hospital) -> Verdict:
    """Return what verifying finds, the heads noted in the data directory included."""
    epoch = hospital.db.read_now(lambda work: outbox.epoch(work.db))
    anchors = audit_anchors.read(hospital.settings.data_dir, epoch)
    return hospital.db.read_now(lambda work: verify(work.db, anchors))
