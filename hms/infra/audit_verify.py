"""Looking whether the audit is what it was when it was sealed, and naming what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hms.infra import audit_chain
from hms.infra.audit_chain import GENESIS, Anchor, Head, link
from hms.kernel import clock

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was sealed; ``entry`` is the audit id it concerns."""

    kind: str
    entry: int
    message: str

    def as_json(self) -> dict[str, object]:
        """Return the fault for ``--json``."""
        return {"kind": self.kind, "entry": self.entry, "message": self.message}


@dataclass(slots=True)
class Verdict:
    """What ``verify`` found; ``faults`` holds the first hundred of ``fault_count``."""

    sealed: int = 0
    waiting: int = 0
    anchors: int = 0
    head: Head | None = None
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Return whether nothing was found."""
        return self.fault_count == 0

    def found(self, kind: str, entry: int, message: str) -> None:
        """Add a fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_TOLD:
            self.faults.append(Fault(kind, entry, message))

    def as_json(self) -> dict[str, object]:
        """Return the verdict for ``--json``."""
        return {
            "ok": self.sound,
            "sealed": self.sealed,
            "waiting": self.waiting,
            "anchors": self.anchors,
            "head": None if self.head is None else self.head.hash,
            "fault_count": self.fault_count,
            "faults": [fault.as_json() for fault in self.faults],
        }


def verify(db: Connection, anchors: Sequence[Anchor], *, anchored: bool = True) -> Verdict:
    """Compare every entry with its seal, and the seals with what was noted outside.

    Args:
        db: in one transaction that reads.
        anchors: heads noted outside, of this database's timeline.
        anchored: whether some head must have been noted outside.
    """
    verdict = Verdict(anchors=len(anchors))
    _follow(db, verdict, anchors)
    for entry in audit_chain.unsealed_between(db):
        verdict.found("inserted", entry, f"entry {entry} was put in afterwards")
    _look_at_the_end(db, verdict)
    if anchored and verdict.sealed and not anchors:
        entry = verdict.head.audit_id if verdict.head else 0
        verdict.found("unanchored", entry, "no head is noted outside: a cut end would not be seen")
    verdict.faults.sort(key=lambda fault: fault.entry)
    return verdict


def _follow(db: Connection, verdict: Verdict, anchors: Sequence[Anchor]) -> None:
    """Walk along the seals; each entry is held against the seal before it, so each is judged."""
    noted: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        noted.setdefault(anchor.head.seq, []).append(anchor)
    due, before, last = 1, GENESIS, 0
    for seq, audit_id, sealed, *entry in audit_chain.sealed_entries(db):
        stored = bytes(sealed)
        if seq != due:
            missing = f"{seq - due} seal{'s' if seq - due > 1 else ''}"
            verdict.found("removed", audit_id, f"{missing} before entry {audit_id} were removed")
        elif entry[0] is None:
            verdict.found("removed", audit_id, f"entry {audit_id} was removed")
        elif link(before, entry) != stored:
            verdict.found("changed", audit_id, f"entry {audit_id} is not what was sealed")
        for anchor in noted.pop(seq, ()):
            if anchor.head.hash != stored.hex():
                verdict.found("resealed", audit_id, _differs(anchor))
        due, before, last = seq + 1, stored, audit_id
        verdict.sealed += 1
    if verdict.sealed:
        verdict.head = Head(due - 1, last, before.hex())
    for seq in sorted(noted):
        for anchor in noted[seq]:
            what = f"entries after {last}" if last else "all entries"
            told = f"{what} were cut off: entry {anchor.head.audit_id} {_was_there(anchor)}"
            verdict.found("cut", last + 1, told)


def _look_at_the_end(db: Connection, verdict: Verdict) -> None:
    """Count what is not sealed yet; SQLite also knows how many there were."""
    verdict.waiting = audit_chain.waiting(db)
    given = audit_chain.given_ids(db)
    newest_sealed = verdict.head.audit_id if verdict.head else 0
    if given is not None and given > newest_sealed + verdict.waiting:
        gone = given - newest_sealed - verdict.waiting
        entries = "entry" if gone == 1 else "entries"
        told = f"{gone} {entries} after {newest_sealed} and up to {given} were removed"
        verdict.found("removed", newest_sealed + 1, told)


def _was_there(anchor: Anchor) -> str:
    return f"was there at {clock.iso(anchor.at)} ({anchor.place})"


def _differs(anchor: Anchor) -> str:
    entry = anchor.head.audit_id
    return (
        f"entry {entry} or one before it was changed and sealed anew: "
        f"its seal differs from the one of {clock.iso(anchor.at)} ({anchor.place})"
    )
