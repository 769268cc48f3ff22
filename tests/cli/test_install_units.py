"""The units for systemd: for this installation, hardened, and read back by systemd itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hms.cli.install_units import KIOSK, make_units
from hms.infra import settings as conf
from hms.kernel.errors import InvalidInput
from tests.cli.shell import Shell

NAMES = [
    "hms-serve.service", "hms-display.service", "hms-periodic.service", "hms-periodic.timer", KIOSK,
]  # fmt: skip


def test_a_dry_run_prints_them_and_writes_nothing(hospital: Shell, tmp_path: Path) -> None:
    hospital("logout")  # the owner of the data needs no session
    said = hospital("install-units", "--dry-run", "--to", str(tmp_path))
    assert said.code == 0
    for word in (*NAMES, "User=hms", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert word in said.out
    assert f"ReadWritePaths={hospital.folder / 'hms-data'}\n" in said.out
    assert f"--config {hospital.folder / 'hms.toml'} serve" in said.out
    assert not list(tmp_path.glob("hms-*"))


def test_they_are_written_once_and_replaced_only_when_it_is_meant(
    hospital: Shell, tmp_path: Path
) -> None:
    units = tmp_path / "units"
    units.mkdir()
    wrote = ("install-units", "--to", str(units))
    assert hospital(*wrote).code == 0
    assert sorted(path.name for path in units.iterdir()) == sorted(NAMES)
    assert hospital(*wrote).code == 0
    (units / NAMES[0]).write_text("changed by hand")
    assert hospital(*wrote).code == 2
    assert (units / NAMES[0]).read_text() == "changed by hand"
    assert hospital(*wrote, "--yes").code == 0
    assert "ExecStart" in (units / NAMES[0]).read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_and_little_exposed(hospital: Shell, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    hospital("install-units", "--to", str(units), "--user", "root")  # a user that is there
    files = [str(units / name) for name in NAMES if name != KIOSK]
    verified = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    about_us = [line for line in verified.stderr.splitlines() if "hms-" in line]
    assert not about_us, about_us
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", files[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-300:]


def test_the_kiosk_plays_without_a_gesture(hospital: Shell) -> None:
    said = hospital("install-units", "--dry-run", "--wall", "http://wall:8765/?zone=a%20b")
    assert "--kiosk" in said.out
    assert "--autoplay-policy=no-user-gesture-required" in said.out
    assert '"http://wall:8765/?zone=a%%20b"' in said.out


def test_the_kiosk_of_a_server_with_a_certificate_asks_for_https(
    hospital: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_DISPLAY__CERTIFICATE", "/etc/hms/wall.pem")
    monkeypatch.setenv("HMS_DISPLAY__KEY", "/etc/hms/wall.key")
    assert '"https://127.0.0.1:8765/?name=hall"' in hospital("install-units", "--dry-run").out


@pytest.mark.parametrize("wall", ['http://w/"; rm -rf /', "http://w/\nExecStart=/bin/sh", "$HOME"])
def test_nothing_gets_into_a_unit_that_it_would_obey(hospital: Shell, wall: str) -> None:
    assert hospital("install-units", "--dry-run", "--wall", wall).code != 0
    assert hospital("install-units", "--dry-run", "--user", "hms\nRoot").code == 2
    with pytest.raises(InvalidInput):
        make_units(conf.Settings(), "hms", wall)


def test_a_folder_that_cannot_be_written_is_named(hospital: Shell, tmp_path: Path) -> None:
    said = hospital("install-units", "--to", str(tmp_path / "nowhere"), "--json")
    assert said.code == 4
    assert "--dry-run" in said.error["hint"]


@pytest.mark.parametrize("words", [("--dry-run",), ("--yes",)])
def test_a_folder_whose_name_a_terminal_would_obey_is_only_read(
    hospital: Shell, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The name of a folder would ring, or wipe the screen."""
    folder = tmp_path / "\x07\x1b[2Jrung"
    folder.mkdir()
    said = hospital("install-units", "--to", str(folder), *words)
    assert said.code == 0
    assert "rung" in said.out
    assert not {"\x07", "\x1b"} & set(said.out + said.err)
