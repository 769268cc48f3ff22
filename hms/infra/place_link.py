"""The address of one's own place in the line: good for a token and its service day, and no other.

28 characters: the token's id and 128 bits of HMAC-SHA256 under a key of the day.
The secret is a file of its own: the wall's server reads it, and it signs nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from datetime import date
from functools import lru_cache
from pathlib import Path

from hms.infra.private_file import UnsafeFile, read_private, write_private
from hms.infra.settings import Settings
from hms.kernel.i18n import phrase

FILE_NAME = "place.key"
SECRET_BYTES = 32
LENGTH = 28
_ID_BYTES, _TAG_BYTES = 5, 16


def secret_file(settings: Settings) -> Path:
    """Return where the secret of the addresses is kept."""
    return settings.data_dir / FILE_NAME


def make_secret(settings: Settings) -> bytes:
    """Return the secret, made now when there is none yet.

    Raises:
        UnsafeFile: others own the file or may read it.
    """
    secret = find_secret(settings)
    if secret is not None:
        return secret
    write_private(secret_file(settings), secrets.token_bytes(SECRET_BYTES), replace=False)
    secret = find_secret(settings)
    if secret is None:
        raise UnsafeFile(
            phrase("{file_name} is no secret", file_name=FILE_NAME),
            hint="remove it: a new one is made",
        )
    return secret


def find_secret(settings: Settings) -> bytes | None:
    """Return the secret, None when there is none to be trusted; a changed file is read anew."""
    path = secret_file(settings)
    try:
        status = os.lstat(path)
        return _read(path, status.st_mtime_ns, status.st_ino, status.st_mode)
    except (OSError, UnsafeFile):
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int, _inode: int, _mode: int) -> bytes | None:
    secret = read_private(path)
    return secret if len(secret) >= SECRET_BYTES else None


def sign(secret: bytes, token_id: int, day: date) -> str:
    """Return the part of the address that stands for a token on its service day."""
    body = token_id.to_bytes(_ID_BYTES, "big")
    return base64.urlsafe_b64encode(body + _tag(secret, body, day)).decode()


def verify(secret: bytes, signed: str, day: date) -> int | None:
    """Return the id of the token that ``signed`` stands for on ``day``, None for any other text."""
    if len(signed) != LENGTH or not signed.isascii():
        return None
    try:
        raw = base64.b64decode(signed, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    body, tag = raw[:_ID_BYTES], raw[_ID_BYTES:]
    if not hmac.compare_digest(tag, _tag(secret, body, day)):
        return None
    return int.from_bytes(body, "big")


def _tag(secret: bytes, body: bytes, day: date) -> bytes:
    key = hmac.digest(secret, b"hms own place " + day.isoformat().encode(), "sha256")
    return hmac.digest(key, body, "sha256")[:_TAG_BYTES]
