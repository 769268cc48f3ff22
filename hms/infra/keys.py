"""The ring of signing keys: a file with at most two keys, the newest signs.

The one before it verifies until the last token that it signed has ended.  Every
process looks at the file at each use, so that a rotation reaches those that run.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from hms.infra.private_file import UnsafeFile, read_private, write_private
from hms.infra.settings import Settings
from hms.kernel import clock
from hms.kernel.errors import Refused
from hms.kernel.i18n import phrase
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
    hint = (
        "keys are in no backup: copy the file from another machine of this hospital, or remove it "
        "and run hms init; nothing is lost but the open sessions, all sign in again"
    )


class RotatedLately(Refused):
    """The key before the present one is still needed by open sessions."""

    code = "keys.rotated_lately"
    hint = "wait until then; if a key has leaked: hms key rotate --at-once"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Signing keys by their id; ``current`` signs.

    ``since`` tells when a key was made, ``until`` when one that signs no more stops
    verifying.
    """

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    since: Mapping[str, datetime] = field(default_factory=dict)
    until: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def signing_key(self) -> bytes:
        """Return the key that signs."""
        return self.keys[self.current]

    def verifying_key(self, kid: str, now: datetime) -> bytes | None:
        """Return the key ``kid`` when what it signed may still be believed."""
        ended = self.until.get(kid)
        return None if ended is not None and ended <= now else self.keys.get(kid)

    def ended(self, now: datetime) -> list[str]:
        """Return the ids of the keys that verify nothing any more."""
        return [kid for kid in self.keys if self.verifying_key(kid, now) is None]


def key_file(settings: Settings) -> Path:
    """Return where the signing keys are kept."""
    return settings.data_dir / FILE_NAME


def create_keys(settings: Settings) -> bool:
    """Make the key file with one new key; return False when there is one already."""
    return _write(settings, _with_new_key(clock.now()), replace=False)


def rotate_keys(
    settings: Settings, now: datetime, verifies_for: timedelta, *, at_once: bool = False
) -> KeyRing:
    """Let a new key sign; the present one verifies for ``verifies_for`` more, unless ``at_once``.

    Raises:
        RotatedLately: the key before the present one still verifies.
        KeysMissing, KeysUnusable, UnsafeFile: there is nothing to rotate.
    """
    ring = key_ring(settings)
    needed = [end for kid, end in ring.until.items() if kid in ring.keys and end > now]
    if at_once:
        made = _with_new_key(now)
    elif needed:
        raise RotatedLately(
            phrase("the key before this one is needed until {iso}", iso=clock.iso(max(needed)))
        )
    else:
        made = _with_new_key(now, ring, now + verifies_for)
    _write(settings, made, replace=True)
    return made


def drop_ended_keys(settings: Settings, now: datetime) -> list[str]:
    """Take keys that verify nothing any more out of the ring; return their ids."""
    ring = key_ring(settings)
    ended = ring.ended(now)
    if ended:
        kept = {kid: key for kid, key in ring.keys.items() if kid not in ended}
        _write(settings, KeyRing(ring.current, kept, ring.since, {}), replace=True)
    return ended


def key_made_at(settings: Settings) -> datetime:
    """Return when the key that signs was made; files of HMS 0.1 do not tell, their age does."""
    ring = key_ring(settings)
    changed = datetime.fromtimestamp(key_file(settings).stat().st_mtime, UTC)
    return ring.since.get(ring.current, changed)


def _with_new_key(
    now: datetime, before: KeyRing | None = None, until: datetime | None = None
) -> KeyRing:
    kid = secrets.token_hex(4)
    keys, since = {kid: secrets.token_bytes(KEY_BYTES)}, {kid: now}
    if before is None or until is None:
        return KeyRing(kid, keys, since)
    old = before.current
    since |= {old: before.since[old]} if old in before.since else {}
    return KeyRing(kid, {**keys, old: before.signing_key}, since, {old: until})


def _write(settings: Settings, ring: KeyRing, *, replace: bool) -> bool:
    content = {
        "current": ring.current,
        "keys": {kid: base64.b64encode(key).decode() for kid, key in ring.keys.items()},
        "since": {kid: clock.iso(at) for kid, at in ring.since.items() if kid in ring.keys},
        "until": {kid: clock.iso(at) for kid, at in ring.until.items() if kid in ring.keys},
    }
    text = json.dumps(content, indent=2) + "\n"
    return write_private(key_file(settings), text.encode(), replace=replace)


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
        raise KeysMissing(phrase("there is no signing key ({path})", path=show(path))) from None
    except OSError as error:
        raise UnsafeFile(
            phrase("{path} cannot be read: {strerror}", path=show(path), strerror=error.strerror)
        ) from error
    return _load(path, status.st_mtime_ns, status.st_ino, status.st_mode)


@lru_cache(maxsize=4)
def _load(path: Path, _changed_ns: int, _inode: int, _mode: int) -> KeyRing:
    try:
        content = json.loads(read_private(path))
        keys = {
            str(kid): base64.b64decode(key, validate=True) for kid, key in content["keys"].items()
        }
        current = content["current"]
        since, until = (_instants(content.get(name, {})) for name in ("since", "until"))
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise KeysUnusable(phrase("{path} is not a key file", path=show(path))) from error
    if current not in keys or current in until or len(keys) > MAX_KEYS:
        raise KeysUnusable(
            phrase("{path} must hold one or two keys and name the one that signs", path=show(path))
        )
    for kid, key in keys.items():
        if len(key) < KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
            raise KeysUnusable(
                phrase("the key {kid} in {path} is too weak", kid=show(kid), path=show(path))
            )
    return KeyRing(current, keys, since, until)


def _instants(texts: Mapping[str, str]) -> dict[str, datetime]:
    instants = {kid: datetime.fromisoformat(text) for kid, text in texts.items()}
    if any(at.tzinfo is None for at in instants.values()):
        raise ValueError("an instant without its zone")
    return instants
