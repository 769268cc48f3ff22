"""The second factor: codes of an authenticator (TOTP, RFC 6238), recovery codes, sealed secrets.

The secret must be read again at each sign-in, so it cannot be a hash: it is sealed
with a key of a file of its own, which a rotation of the signing keys does not
touch, and which is in no backup (docs/decisions/second-factor.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path

from hms.infra.private_file import read_private, write_private
from hms.infra.settings import Settings
from hms.kernel.errors import Refused
from hms.kernel.i18n import phrase
from hms.kernel.text import show

FILE_NAME = "factor.key"
STEP_SECONDS = 30
SKEW_STEPS = 1  # a telephone whose clock is half a minute off
CODE_DIGITS = 6
RECOVERY_CODES = 10
MAX_ADDRESS = 106  # bytes of a QR code of 37 modules: drawn, it leaves room on 80 by 24
_KEY_BYTES = 32
_NONCE_BYTES = 12
_RECOVERY_GROUPS, _RECOVERY_GROUP = 4, 4
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1
_SHORT_ISSUER = "HMS"


class FactorKeyMissing(Refused):
    """The key that opens the sealed secrets is not on this machine, or is another one."""

    code = "second_factor.key_missing"
    hint = (
        "copy factor.key from another machine of this hospital; without it sign in with a "
        "recovery code, or let an administrator run: hms second-factor remove NAME"
    )


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is told once: ``address`` is what the QR code says."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)

    @property
    def key_text(self) -> str:
        """Return the secret in groups, to be typed."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))

    def as_json(self) -> dict[str, object]:
        """Return everything that is shown once, as the command line prints it."""
        return {
            "key": self.secret,
            "address": self.address,
            "recovery_codes": list(self.recovery_codes),
        }


def load() -> None:
    """Import what takes its time, so that no transaction waits for it."""
    for name in ("pyotp", "cryptography.hazmat.primitives.ciphers.aead"):
        import_module(name)


def new_enrolment(login: str, hospital: str) -> Enrolment:
    """Return a new secret for the user ``login``, 160 bits, and ten recovery codes."""
    import pyotp

    secret = pyotp.random_base32()
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    return Enrolment(secret, _address(secret, login, hospital), codes)


def typed(code: str) -> str:
    """Return ``code`` without spaces and dashes, its digits those of ASCII."""
    kept = (c for c in unicodedata.normalize("NFKC", code[:200]) if c.isalnum())
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in kept).casefold()


def matching_step(secret: str, code: str, now: datetime, after: int | None = None) -> int | None:
    """Return the time step that ``code`` is the code of, None when it is wrong or used up.

    Args:
        secret: of the authenticator.
        code: as typed.
        now: the present instant; one step before and after it are tried too.
        after: the last step whose code was accepted; it and earlier ones are not again.
    """
    import pyotp

    text = typed(code)
    if len(text) != CODE_DIGITS or not text.isdecimal():
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=STEP_SECONDS)
    found = None
    for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
        same = hmac.compare_digest(totp.generate_otp(step), text)
        if same and (after is None or step > after) and found is None:
            found = step
    return found


def recovery_hash(code: str) -> str | None:
    """Return the hash by which a recovery code is kept, None when ``code`` cannot be one.

    A code has 79 bits of chance: a plain hash of it cannot be tried out.
    """
    text = typed(code)
    if len(text) != _RECOVERY_GROUPS * _RECOVERY_GROUP:
        return None
    return hashlib.sha256(b"hms recovery code\x00" + text.encode()).hexdigest()


def factor_key_file(settings: Settings) -> Path:
    """Return where the key lies that seals secrets."""
    return settings.data_dir / FILE_NAME


def create_factor_key(settings: Settings) -> bool:
    """Make the sealing key; return False when there is one already."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    content = json.dumps({"id": secrets.token_hex(4), "key": key}) + "\n"
    return write_private(factor_key_file(settings), content.encode(), replace=False)


def seal(settings: Settings, user_id: int, secret: str) -> str:
    """Return ``secret`` sealed for the user ``user_id``: in another's row it does not open.

    Raises:
        FactorKeyMissing: there is no key, or it cannot be read.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, key = _key(settings)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), _for_whom(user_id))
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(settings: Settings, user_id: int, sealed: str) -> str:
    """Return the secret that was sealed for the user ``user_id``.

    Raises:
        FactorKeyMissing: there is no key, it is another one, or the text is not as we sealed it.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, key = _key(settings)
    named, _, text = sealed.partition(":")
    if named != key_id:
        raise FactorKeyMissing("the second factor was sealed with another key than this machine's")
    try:
        raw = base64.b64decode(text, validate=True)
        opened = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _for_whom(user_id))
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise FactorKeyMissing("the sealed second factor has been altered") from error
    return opened.decode()


def _key(settings: Settings) -> tuple[str, bytes]:
    path = factor_key_file(settings)
    try:
        content = json.loads(read_private(path))
        key_id, key = str(content["id"]), base64.b64decode(content["key"], validate=True)
    except FileNotFoundError:
        raise FactorKeyMissing(phrase("there is no {path}", path=show(path))) from None
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise FactorKeyMissing(phrase("{path} is not a key file", path=show(path))) from error
    if len(key) != _KEY_BYTES or len(set(key)) < _KEY_BYTES // 4:
        raise FactorKeyMissing(phrase("the key in {path} is too weak", path=show(path)))
    return key_id, key


def _for_whom(user_id: int) -> bytes:
    return f"hms second factor {user_id}".encode()


def _recovery_code() -> str:
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_GROUP))
        for _ in range(_RECOVERY_GROUPS)
    )
    return "-".join(groups)


def _address(secret: str, login: str, hospital: str) -> str:
    """Return the address that authenticators read, short enough for a QR code that fits."""
    import pyotp

    totp = pyotp.TOTP(secret)
    whole = totp.provisioning_uri(name=login, issuer_name=hospital)
    shorter = (
        totp.provisioning_uri(name=login[:length], issuer_name=_SHORT_ISSUER)
        for length in range(len(login), 0, -1)
    )
    return next((one for one in (whole, *shorter) if len(one) <= MAX_ADDRESS), whole)
