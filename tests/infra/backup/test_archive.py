"""The file of a backup: no changed byte goes unseen."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from hms.infra.audit_chain import Head
from hms.infra.backup import archive
from hms.infra.backup.archive import Manifest
from hms.infra.backup.errors import BackupDamaged, BackupMissing
from hms.infra.backup.facts import Facts

FACTS = Facts(1, "an epoch", {"token": 3, "audit": 4}, 7, Head(4, 4, "ab" * 32))
DATA = bytes(range(256)) * 40


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a backup file."""
    data, path = tmp_path / "data", tmp_path / "one.hmsbackup"
    data.write_bytes(DATA)
    manifest = Manifest("2031-03-04T09:00:00.000Z", "sqlite", "0.1.0", len(DATA), FACTS)
    archive.write(path, manifest, data)
    return path


def test_what_was_written_is_read(file: Path, tmp_path: Path) -> None:
    assert archive.check(file).facts == FACTS
    assert archive.read_manifest(file).facts.rows == 7
    archive.extract(file, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == DATA


def test_it_is_for_its_owner_alone(file: Path, tmp_path: Path) -> None:
    archive.extract(file, tmp_path / "again")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o600


@trying(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draw=st.data())
def test_any_changed_byte_is_found(file: Path, draw: st.DataObject) -> None:
    whole = file.read_bytes()
    place = draw.draw(st.one_of(st.integers(0, 400), st.integers(0, len(whole) - 1)))
    new = draw.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    damaged = file.with_name("damaged")
    damaged.write_bytes(whole[:place] + bytes([new]) + whole[place + 1 :])
    with pytest.raises(BackupDamaged):
        archive.check(damaged)


@pytest.mark.parametrize("kept", [0, 10, 85, 90, 300, -1, -4096])
def test_a_cut_file_is_found(file: Path, kept: int) -> None:
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(BackupDamaged):
        archive.check(file)


def test_a_longer_file_is_found(file: Path) -> None:
    with file.open("ab") as out:
        out.write(b"\n")
    with pytest.raises(BackupDamaged, match="digest differs"):
        archive.check(file)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(4096), b"{}\n" * 99])
def test_a_file_without_a_digest_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "something"
    path.write_bytes(content)
    with pytest.raises(BackupDamaged, match="no digest"):
        archive.check(path)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(BackupMissing):
        archive.check(tmp_path / "none")
