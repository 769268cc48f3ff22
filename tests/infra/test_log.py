"""What is written down: one line a record, no local variable, and files that are ours alone."""

from __future__ import annotations

import json
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.infra.log import JsonLine, TextLine, record_failure, set_up_logging, trace_of
from hms.infra.settings import DatabaseSettings, LoggingSettings, Settings


def failing() -> ValueError:
    """Return an error that was raised beside a secret."""
    password = "correct horse"  # a local, never part of a trace
    try:
        raise ValueError("bad\x1b[2J input\nsecond line " + "x" * (len(password) * 0))
    except ValueError as error:
        return error


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Return the root logger and put it back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    for handler in logger.handlers:
        if handler not in handlers:
            handler.close()
    logger.handlers[:], logger.level = handlers, level


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    """Return a log record."""
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("hms.test", logging.WARNING, "f.py", 1, message, (), info)


def test_a_record_is_one_line_whatever_it_holds() -> None:
    """A name with a line break cannot forge a second entry."""
    for form in (TextLine(), JsonLine()):
        line = form.format(record("first\nfake: entry \x1b[31m", failing()))
        assert "\n" not in line
        assert "\x1b" not in line


def test_a_json_line_is_an_object() -> None:
    """Log collectors read these."""
    said = json.loads(JsonLine().format(record("hello")))
    assert said["message"] == "hello"
    assert said["level"] == "warning"
    assert said["at"].endswith("Z")


def test_a_trace_names_places_and_kinds_but_no_values() -> None:
    """Enough to find the fault, nothing of a patient or a password."""
    trace = trace_of(failing())
    assert "builtins.ValueError" in trace
    assert "in failing" in trace
    assert "correct horse" not in trace
    assert "bad" not in trace  # what a value is called bad for may be a patient's name


def test_a_trace_keeps_the_words_of_the_program_and_the_machine() -> None:
    """They say what to mend, and hold nothing of a person."""
    full = OSError(28, "No space left on device", "Canary Müller.txt")
    assert trace_of(full) == "builtins.OSError: No space left on device"
    assert "unexpected argument" in trace_of(TypeError("unexpected argument"))


def test_a_failure_is_found_by_its_id_in_a_private_file(tmp_path: Path) -> None:
    """The person gets the id, the administrator the trace."""
    folder = tmp_path / "data"
    error_id = record_failure(failing(), folder)
    log = folder / "errors.log"
    assert error_id in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_failure_that_cannot_be_written_still_has_an_id(tmp_path: Path) -> None:
    """A full disk or a missing folder must not hide the first fault."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert len(record_failure(failing(), blocked)) == 8


def test_the_log_goes_where_the_settings_say(tmp_path: Path, root_logger: logging.Logger) -> None:
    """A file of our own (0600), or standard error."""
    database = DatabaseSettings(f"sqlite+aiosqlite:///{tmp_path}/hms.db")
    chosen = LoggingSettings(level="info", file="hms.log", format="json")
    set_up_logging(Settings(database=database, logging=chosen))
    logging.getLogger("hms").info("written")
    file = tmp_path / "hms.log"
    assert json.loads(file.read_text())["message"] == "written"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    root_logger.handlers[0].close()
    set_up_logging(Settings(database=database))
    handler = root_logger.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
