"""The heads of the audit chain noted outside of the database, in ``audit.anchors``.

One line of fixed length for each hour in which something was sealed: instant, the
database's timeline, seal number, audit id, hash.  The line of the present hour is
written over, so the newest head always stands at the end.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from hms.infra.audit_chain import Anchor, Head
from hms.kernel import clock

FILE_NAME = "audit.anchors"
_EPOCH = 40
_LINE = 24 + 1 + _EPOCH + 1 + 19 + 1 + 19 + 1 + 64 + 1


def anchor_file(data_dir: Path) -> Path:
    """Return where the heads are noted."""
    return data_dir / FILE_NAME


def note(data_dir: Path, epoch: str, head: Head, at: datetime) -> None:
    """Note ``head``; an older one than stands there is ignored.

    Raises:
        OSError: it cannot be written.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(anchor_file(data_dir), flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        place, last = _last(handle)
        if last is not None and last.epoch == epoch and last.head.seq >= head.seq:
            return
        same = last is not None and last.epoch == epoch and _hour(last.at) == _hour(at)
        os.pwrite(handle, _line(epoch, head, at), place - _LINE if same else place)
    finally:
        os.close(handle)


def read(data_dir: Path, epoch: str) -> list[Anchor]:
    """Return the heads noted for the timeline ``epoch``; a line that is none is passed over."""
    try:
        lines = anchor_file(data_dir).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found = (_anchor(line) for line in lines)
    return [anchor for anchor in found if anchor is not None and anchor.epoch == epoch]


def _last(handle: int) -> tuple[int, Anchor | None]:
    """Return where the whole lines end, and the last one of them."""
    size = os.fstat(handle).st_size // _LINE * _LINE
    return size, _anchor(os.pread(handle, _LINE, size - _LINE).rstrip(b"\n")) if size else None


def _line(epoch: str, head: Head, at: datetime) -> bytes:
    said = f"{clock.iso(at)} {epoch:<{_EPOCH}} {head.seq:019d} {head.audit_id:019d} {head.hash}\n"
    return said.encode("ascii")


def _anchor(line: bytes) -> Anchor | None:
    with suppress(ValueError):
        at, epoch, seq, audit_id, hashed = line.decode("ascii").split()
        moment = datetime.fromisoformat(at)
        return Anchor(moment, epoch, Head(int(seq), int(audit_id), hashed), FILE_NAME)
    return None


def _hour(at: datetime) -> str:
    return (clock.iso(at) or "")[:13]
