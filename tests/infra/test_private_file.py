"""Files with secrets are ours alone, and never half-written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hms.infra.private_file import UnsafeFile, read_private, write_private


def test_what_is_written_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    before = os.umask(0)
    try:
        assert write_private(path, b"one")
        assert write_private(path, b"two")
    finally:
        os.umask(before)
    assert read_private(path) == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_can_be_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert write_private(path, b"one", replace=False)
    assert not write_private(path, b"two", replace=False)
    assert read_private(path) == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "secret"
    victim.write_bytes(b"precious")
    path.symlink_to(victim)
    write_private(path, b"one")
    assert victim.read_bytes() == b"precious"
    assert not path.is_symlink()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "readable", "writable"])
def test_what_others_could_have_put_there_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "secret"
    if kind == "folder":
        path.mkdir(mode=0o700)
    elif kind == "pipe":
        os.mkfifo(path, 0o600)
    elif kind == "link":
        write_private(tmp_path / "other", b"x")
        path.symlink_to(tmp_path / "other")
    else:
        write_private(path, b"x")
        path.chmod(0o644 if kind == "readable" else 0o620)
    with pytest.raises(UnsafeFile):
        read_private(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_anothers_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, b"x")
    os.chown(path, 65534, 65534)
    with pytest.raises(UnsafeFile, match="another user"):
        read_private(path)
