"""What a person sees of a fault of ours: an error id; the trace goes to a private log.

Textual's own crash screen prints local variables, which may be a password or a
patient's name; the log (``hms.infra.log``) never holds any.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hms.infra import log

LOG_NAME = "console-errors.log"


def record_failure(error: BaseException, folder: Path | None) -> str:
    """Write the trace of ``error`` to the log in ``folder`` (0600) and return its error id."""
    return log.record_failure(error, folder, log_name=LOG_NAME)


class _Records(logging.Handler):
    """Takes what a library logs; of a fault its trace is kept, nothing reaches the terminal."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(logging.WARNING)
        self._folder = folder

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the trace of a fault that nobody waited for."""
        if record.exc_info and record.exc_info[1] is not None:
            record_failure(record.exc_info[1], self._folder)


@contextmanager
def nothing_on_the_terminal(folder: Path | None) -> Iterator[None]:
    """Send what Python would print of a forgotten task, a thread or a finalizer to the log."""

    def unseen(told: Any) -> None:
        if told.exc_value is not None:
            record_failure(told.exc_value, folder)

    before = threading.excepthook, sys.unraisablehook
    handler = _Records(folder)
    logging.getLogger().addHandler(handler)
    threading.excepthook = sys.unraisablehook = unseen
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = before
        logging.getLogger().removeHandler(handler)


def sentence(error_id: str) -> str:
    """Return what the person is told."""
    return (
        f"HMS met an unexpected error and stopped here. Error id: {error_id}\n"
        "What was confirmed is saved; half-typed forms come back. Tell your administrator the id."
    )
