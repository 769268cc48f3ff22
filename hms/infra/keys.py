"""The ring of signing keys: a file with at most two keys, the newest signs, all verify."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from hms.infra.private_file import UnsafeFile, read_private, write_private
from hms.infra.settings import Settings
from hms.kernel.errors import Refused
from hms.kernel.text import show

KEY_BYTES = 32  # HS256 wants a key no shorter than its digest (RFC 7518, 3.2)
MAX_KEYS = 2
FILE_NAME = "keys.json"


class KeysMissing(Refused):
    """There is no signing key yet."""

    code = "keys.missing"
    hint = "make one with: hms init"


class KeysUnusable(Refused):
    """The key file cannot be trusted: damaged, or a key that is short or plainly no secret."""

    code = "keys.unusable"
    hint = "restore it from the backup, or remove it and run hms init; all will sign in again"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Signing keys by their id; ``current`` signs, every one of them verifies."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def signing_key(self) -> bytes:
        """Return the key that signs."""
        return self.keys[self.current]


def key_file(settings: Settings) -> Path:
    """Return where the signing keys are kept."""
    return settings.data_dir / FILE_NAME


def create_keys(settings: Settings) -> bool:
    """Make the key file with one new key; return False when there is one already."""
    kid = secrets.token_hex(4)
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    content = json.dumps({"current": kid, "keys": {kid: key}}, indent=2) + "\n"
    return write_private(key_file(settings), content.encode(), replace=False)


def key_ring(settings: Settings) -> KeyRing:
    """Return the ring of this installation; a changed file is read again.

    Raises:
        KeysMissing: there is no key file.
        KeysUnusable: the file is damaged, or a key is weak.
        UnsafeFile: others own it or may read it.
    """
    path = key_file(settings)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise KeysMissing(f"there is no signing key ({show(path)})") from None
    except OSError as error:
        raise UnsafeFile(f"{show(path)} cannot be read: {error.strerror}") from error
    return _load(path, status.st_mtime_ns, status.st_ino, status.st_mode)


@lru_cache(maxsize=4)
def _load(path: Path, _changed_ns: int, _inode: int, _mode: int) -> KeyRing:
    try:
        content = json.loads(read_private(path))
        keys = {
            str(kid): base64.b64decode(key, validate=True) for kid, key in content["keys"].items()
        }
        current = content["current"]
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise KeysUnusable(f"{show(path)} is not a key file") from error
    if current not in keys or len(keys) > MAX_KEYS:
        raise KeysUnusable(f"{show(path)} must hold one or two keys and name the one that signs")
    for kid, key in keys.items():
        if len(key) < KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
            raise KeysUnusable(f"the key {show(kid)} in {show(path)} is too weak")
    return KeyRing(current, keys)
