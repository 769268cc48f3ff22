"""The key file: made once, ours alone, and no weak key is ever used."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from hms.infra.keys import KeysMissing, KeysUnusable, create_keys, key_file, key_ring
from hms.infra.private_file import UnsafeFile
from hms.infra.settings import DatabaseSettings, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'hms.db'}"
    return Settings(database=DatabaseSettings(url=url))


def write(settings: Settings, content: object) -> None:
    path = key_file(settings)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(0o600)


def key(size: int = 32, fill: bytes | None = None) -> str:
    return base64.b64encode(fill or os.urandom(size)).decode()


def test_a_key_is_made_once_and_is_private_whatever_the_umask(settings: Settings) -> None:
    before = os.umask(0)
    try:
        assert create_keys(settings)
    finally:
        os.umask(before)
    ring = key_ring(settings)
    assert len(ring.signing_key) == 32
    assert stat.S_IMODE(key_file(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(settings).parent.stat().st_mode) == 0o700
    assert not create_keys(settings)
    assert key_ring(settings) == ring
    assert [path.name for path in key_file(settings).parent.iterdir()] == ["keys.json"]


def test_the_keys_do_not_show_themselves(settings: Settings) -> None:
    create_keys(settings)
    ring = key_ring(settings)
    assert repr(ring.signing_key)[2:-1] not in repr(ring)


def test_no_key_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(KeysMissing) as refused:
        key_ring(settings)
    assert "hms init" in refused.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o644, 0o777])
def test_a_key_that_others_may_read_or_write_is_refused(settings: Settings, mode: int) -> None:
    create_keys(settings)
    key_ring(settings)
    key_file(settings).chmod(mode)
    with pytest.raises(UnsafeFile, match="read by others") as refused:
        key_ring(settings)
    assert "chmod 600" in refused.value.hint


def test_a_link_is_not_followed(settings: Settings, tmp_path: Path) -> None:
    create_keys(settings)
    path = key_file(settings)
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UnsafeFile):
        key_ring(settings)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        {},
        {"current": "a", "keys": {}},
        {"current": "b", "keys": {"a": key()}},
        {"current": "a", "keys": {"a": key(31)}},
        {"current": "a", "keys": {"a": key(fill=b"\0" * 32)}},
        {"current": "a", "keys": {"a": key(fill=b"changeme" * 4)}},
        {"current": "a", "keys": {"a": "not base64!"}},
        {"current": "a", "keys": {"a": 7}},
        {"current": "a", "keys": {"a": key(), "b": key(), "c": key()}},
        {"current": "a", "keys": {"a": key(), "b": key(8)}},
    ],
)
def test_a_damaged_file_or_a_weak_key_is_refused(settings: Settings, content: object) -> None:
    write(settings, content)
    with pytest.raises(KeysUnusable):
        key_ring(settings)


def test_a_changed_file_is_read_again(settings: Settings) -> None:
    write(settings, {"current": "a", "keys": {"a": key()}})
    first = key_ring(settings)
    path = key_file(settings)
    path.unlink()
    write(settings, {"current": "b", "keys": {"a": key(), "b": key()}})
    os.utime(path, ns=(1, 1))
    assert key_ring(settings) != first
    assert key_ring(settings).current == "b"
