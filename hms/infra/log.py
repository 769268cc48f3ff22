"""What our own processes write down: log lines, and the trace behind an error id.

A log line is one line whatever it holds, and no trace shows local variables,
which may be a password or a patient's name.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from hms.infra.settings import Settings
from hms.kernel import clock, ids
from hms.kernel.text import show

FAILURES = "errors.log"
_LONGEST_MESSAGE = 200
_OF_THE_PROGRAM = (AttributeError, ImportError, NameError, RecursionError, TypeError)
_OF_SQLITE = ("sqlite3", "pysqlite3.dbapi2")  # its parameters are not in its words


def set_up_logging(settings: Settings) -> None:
    """Send the log where ``[logging]`` says: standard error, or a file of our own (0600)."""
    handler: logging.Handler
    if settings.logging.file:
        path = settings.data_dir / settings.logging.file
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        handler = logging.FileHandler(path, encoding="utf-8")
    else:
        handler = logging.StreamHandler()
    handler.setFormatter(JsonLine() if settings.logging.format == "json" else TextLine())
    logger = logging.getLogger()
    logger.handlers[:] = [handler]
    logger.setLevel(settings.logging.level.upper())


class TextLine(logging.Formatter):
    """One line of text for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as ``2026-11-20T08:00:00.000Z warning hms.infra.bell: message``."""
        return f"{_instant(record)} {record.levelname.lower()} {record.name}: {_message(record)}"


class JsonLine(logging.Formatter):
    """One JSON object on one line for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as an object with ``at``, ``level``, ``logger``, ``message``."""
        line = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        return json.dumps(line, ensure_ascii=False)


def _instant(record: logging.LogRecord) -> str:
    return clock.iso(datetime.fromtimestamp(record.created, UTC)) or ""


def _message(record: logging.LogRecord) -> str:
    message = show(record.getMessage().replace("\n", " ⏎ "))
    if record.exc_info and record.exc_info[1] is not None:
        message += " | " + trace_of(record.exc_info[1]).replace("\n", " ⏎ ")
    return message


def record_failure(error: BaseException, folder: Path | None, *, log_name: str = FAILURES) -> str:
    """Write the trace of ``error`` to ``log_name`` in ``folder`` (0600) and return its error id.

    Never raises: a full disk must not hide the first fault behind a second.  Without
    a folder there is only the id.
    """
    error_id = ids.secret(64)[:8].upper().replace("-", "X").replace("_", "Y")
    if folder is None:
        return error_id
    entry = f"{clock.iso(datetime.now(UTC))} {error_id}\n{trace_of(error)}\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(folder / log_name, flags, 0o600), "a", encoding="utf-8") as log:
            log.write(entry)
    except OSError:
        return error_id
    return error_id


def trace_of(error: BaseException) -> str:
    """Return the frames and the kinds of ``error`` and its causes, without local values.

    An error's own words may hold what was typed, so only those of kinds that speak of the
    program or the machine are kept.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}{_said(current)}")
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def _said(error: BaseException) -> str:
    """Return the words of ``error`` that cannot hold anything of a person, after a colon."""
    if isinstance(error, OSError):
        words = error.strerror or ""
    elif isinstance(error, _OF_THE_PROGRAM) or type(error).__module__ in _OF_SQLITE:
        words = str(error).split("\n", 1)[0]
    else:
        words = getattr(error, "code", None) or getattr(error, "sqlstate", None) or ""
    return f": {show(str(words))[:_LONGEST_MESSAGE]}" if words else ""
