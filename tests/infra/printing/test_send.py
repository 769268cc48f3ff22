"""What became of a slip is said as far as it is known, and in bounded time."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from hms.infra.printing.channels import NotThere, address_of
from hms.infra.printing.document import Slip, Text
from hms.infra.printing.escpos import to_bytes
from hms.infra.printing.press import limit_seconds, print_now
from hms.infra.printing.send import Outcome, send, status
from hms.infra.settings import PrintingSettings
from tests.printer import network_printer

SLIP = Slip((Text("GM-042"),))
DATA = to_bytes([SLIP], PrintingSettings(driver="file"))


def network(port: int, **more: bool) -> PrintingSettings:
    return PrintingSettings("network", f"127.0.0.1:{port}", timeout_seconds=1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trouble", "outcome", "reason", "slips"),
    [
        ("", "printed", "", 1),
        ("no_paper", "failed", "the printer has no paper", 0),
        ("cover", "failed", "the printer's cover is open", 0),
        ("fault", "failed", "the printer has a fault, see its lamp", 0),
        ("garbage", "failed", "the printer answers what no printer says", 0),
        ("mute", "failed", "the printer does not answer", 0),
        ("cut_off", "doubtful", "the printer was cut off", 0),
        ("lost", "doubtful", "the printer was cut off", 1),
    ],
)
def test_each_trouble_of_a_network_printer(
    trouble: str, outcome: str, reason: str, slips: int
) -> None:
    with network_printer(trouble) as printer:
        sent = print_now([SLIP], network(printer.port))
        assert (sent.outcome.value, sent.reason, len(printer.slips)) == (outcome, reason, slips)


def test_a_printer_that_is_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    sent = send(DATA, network(port))
    assert sent.outcome is Outcome.UNSENT
    assert "cannot be reached" in sent.reason
    assert status(network(port)) == sent.reason


def test_a_printer_that_takes_all_and_says_nothing_more() -> None:
    """It answers before and hangs after: the slip may be out."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        import threading

        def half() -> None:
            line, _ = door.accept()
            with line:
                for _ in range(2):
                    line.recv(3)
                    line.sendall(b"\x12")
                time.sleep(5)

        threading.Thread(target=half, daemon=True).start()
        began = time.monotonic()
        sent = send(DATA, network(door.getsockname()[1]))
    assert (sent.outcome, sent.reason) == (
        Outcome.DOUBTFUL,
        "the printer stopped in the middle of a slip",
    )
    assert time.monotonic() - began < limit_seconds(network(1))


def test_one_that_never_answers_prints_when_it_is_not_asked() -> None:
    with network_printer("mute") as printer:
        assert send(DATA, network(printer.port, status=False)).outcome is Outcome.PRINTED
        deadline = time.monotonic() + 5
        while not printer.slips and time.monotonic() < deadline:
            time.sleep(0.02)
        assert printer.texts == ["GM-042"]


def test_a_file_gets_slip_after_slip(tmp_path: Path) -> None:
    file = tmp_path / "slips.bin"
    config = PrintingSettings("file", str(file))
    assert send(DATA, config).outcome is send(DATA, config).outcome is Outcome.PRINTED
    assert file.read_bytes() == DATA * 2
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["", "/nonexistent/slips", "/"])
def test_a_file_that_cannot_be_written(target: str) -> None:
    sent = send(DATA, PrintingSettings("file", target))
    assert sent.outcome is Outcome.UNSENT
    assert sent.reason


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert send(DATA, PrintingSettings("file", str(pipe))).outcome is Outcome.UNSENT


def lp(folder: Path, script: str) -> None:
    command = folder / "lp"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        ('cat > "$(dirname "$0")/got"; echo "$@" > "$(dirname "$0")/how"', "printed", ""),
        ("echo 'no such printer' >&2; exit 1", "failed", "CUPS did not take it: no such printer"),
        ("sleep 5", "doubtful", "the printer hangs"),
    ],
)
def test_cups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, outcome: str, reason: str
) -> None:
    lp(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    sent = send(DATA, PrintingSettings("cups", "Slips", timeout_seconds=1))
    assert (sent.outcome.value, sent.reason) == (outcome, reason)
    if outcome == "printed":
        assert (tmp_path / "got").read_bytes() == DATA
        assert (tmp_path / "how").read_text().split() == ["-o", "raw", "-t", "slip", "-d", "Slips"]


def test_no_cups_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "CUPS is not installed" in send(DATA, PrintingSettings("cups", "Slips")).reason


@pytest.mark.parametrize("target", ["", "printer one", "04b8", "ffff:fffe"])
def test_a_usb_printer_that_is_not_there(target: str) -> None:
    sent = send(DATA, PrintingSettings("usb", target, timeout_seconds=1))
    assert sent.outcome is Outcome.UNSENT
    assert sent.reason


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("10.0.0.7", ("10.0.0.7", 9100)),
        ("10.0.0.7:9101", ("10.0.0.7", 9101)),
        ("printer.lan", ("printer.lan", 9100)),
        ("[fe80::1]:9100", ("fe80::1", 9100)),
        ("[fe80::1]", ("fe80::1", 9100)),
        ("fe80::1", ("fe80::1", 9100)),
    ],
)
def test_addresses(target: str, address: tuple[str, int]) -> None:
    assert address_of(target) == address


@pytest.mark.parametrize("target", ["", ":9100", "host:", "host:99999", "host:abc"])
def test_what_is_no_address_is_said(target: str) -> None:
    with pytest.raises(NotThere):
        address_of(target)
