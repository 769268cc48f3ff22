"""What a person sees of a fault of ours: an error id; the trace goes to a private log.

Textual's own crash screen prints local variables, which may be a password or a
patient's name.  The trace here has files, lines and the first line of the
message, never a local.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from hms.kernel import clock, ids
from hms.kernel.text import show

LOG_NAME = "console-errors.log"
_LONGEST_MESSAGE = 200


def record_failure(error: BaseException, folder: Path | None) -> str:
    """Write the trace of ``error`` to the log in ``folder`` (0600) and return its error id.

    Never raises: a full disk must not hide the first fault behind a second.
    """
    error_id = ids.secret(64)[:8].upper().replace("-", "X").replace("_", "Y")
    if folder is not None:
        try:
            _append(folder / LOG_NAME, f"{clock.iso(clock.now())} {error_id}\n{trace_of(error)}\n")
        except OSError:
            return error_id
    return error_id


def sentence(error_id: str) -> str:
    """Return what the person is told."""
    return (
        f"HMS met an unexpected error and stopped here. Error id: {error_id}\n"
        "What was confirmed is saved; half-typed forms come back. Tell your administrator the id."
    )


def trace_of(error: BaseException) -> str:
    """Return the frames and the kinds of ``error`` and its causes, without local values."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        first = show(str(current).split("\n", 1)[0])[:_LONGEST_MESSAGE]
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}: {first}")
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def _append(path: Path, entry: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8") as log:
        log.write(entry)
