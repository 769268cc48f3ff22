"""A fault of ours shows an error id and nothing of what was in memory."""

from __future__ import annotations

import logging
import re
import stat
import threading
from pathlib import Path

import pytest

from hms.infra.log import trace_of
from hms.kit.tui_panic import LOG_NAME, nothing_on_the_terminal, record_failure
from tests.journeys.pty_desk import Terminal, python

APP = "tests/kit/burst_app.py"
CANARIES = (b"canary-password", b"canary-message", b"canary-second-line", b"Traceback")


def failed() -> Exception:
    password = "canary-password"  # noqa: F841 a local that must not be written
    try:
        try:
            raise KeyError("first cause")
        except KeyError as cause:
            raise RuntimeError("canary-message\ncanary-second-line") from cause
    except RuntimeError as error:
        return error


def test_the_log_says_where_and_why_but_no_local_value() -> None:
    trace = trace_of(failed())
    assert "builtins.RuntimeError" in trace
    assert "KeyError" in trace
    assert "test_tui_panic.py" in trace
    assert "canary" not in trace


def test_the_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    error_id = record_failure(failed(), tmp_path / "state")
    log = tmp_path / "state" / LOG_NAME
    assert re.fullmatch(r"[0-9A-Z]{8}", error_id)
    assert error_id in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_hides_nothing_behind_a_second_fault(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    assert record_failure(failed(), tmp_path / "state")


def test_a_fault_that_nobody_waited_for_is_kept_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread's, and what asyncio logs of a task that was forgotten."""

    def fail() -> None:
        raise failed()

    with nothing_on_the_terminal(tmp_path):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        told: BaseException = failed()
        logging.getLogger("asyncio").error("never retrieved", exc_info=told)
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / LOG_NAME).read_text().count("RuntimeError") == 2


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / LOG_NAME).symlink_to(target)
    assert record_failure(failed(), tmp_path)
    assert not target.exists()


def test_a_fault_in_a_screen_ends_with_an_id_and_a_sane_terminal() -> None:
    with Terminal(python(APP)) as terminal:
        terminal.wait_for("Find")
        terminal.type("<f5>")
        assert terminal.exit_code() == 0
        assert re.search(r"Error id: [0-9A-Z]{8}", terminal.text)
        for canary in CANARIES:
            assert canary not in terminal.raw
        assert terminal.terminal_is_sane()


def test_a_fault_in_a_command_takes_nothing_away() -> None:
    with Terminal(python(APP)) as terminal:
        terminal.wait_for("Find")
        terminal.type("<f6>")
        terminal.wait_for("an unexpected error, id")
        terminal.type("abc")
        terminal.wait_for("Find  abc")
        for canary in CANARIES:
            assert canary not in terminal.raw


@pytest.mark.parametrize("words", ["Screenshot", "Save an SVG", "Maximize"])
def test_the_palette_offers_nothing_that_copies_a_screen(words: str) -> None:
    with Terminal(python(APP)) as terminal:
        terminal.wait_for("Find")
        terminal.type("<ctrl+p>")
        terminal.wait_for("What do you want to do?")
        assert words not in terminal.settle()
