"""What a person sees of a fault of ours: an error id; the trace goes to a private log.

Textual's own crash screen prints local variables, which may be a password or a
patient's name; the log (``hms.infra.log``) never holds any.
"""

from __future__ import annotations

from pathlib import Path

from hms.infra import log

LOG_NAME = "console-errors.log"


def record_failure(error: BaseException, folder: Path | None) -> str:
    """Write the trace of ``error`` to the log in ``folder`` (0600) and return its error id."""
    return log.record_failure(error, folder, log_name=LOG_NAME)


def sentence(error_id: str) -> str:
    """Return what the person is told."""
    return (
        f"HMS met an unexpected error and stopped here. Error id: {error_id}\n"
        "What was confirmed is saved; half-typed forms come back. Tell your administrator the id."
    )
