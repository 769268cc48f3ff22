"""Session tokens: the short signed access token (JWT) and the opaque refresh token.

An access token only says which session it belongs to; who that is and what they
may do is read from the database at each use.  A refresh token is 256 bits that
nobody can guess, kept as a hash, and replaced at each use by a successor that is
derived from it with the signing key: asked twice, as after a lost answer, the
same successor comes out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from hms.infra.keys import KeyRing
from hms.kernel.actor import Role
from hms.kernel.errors import NotSignedIn

ALGORITHM = "HS256"
ISSUER = "hms"
AUDIENCE = "hms.desk"
ACCESS_TYPE = "at+jwt"  # RFC 9068
CLAIMS = ("iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp")
LEEWAY_SECONDS = 60  # how far a second machine's clock may be ahead
MAX_LIFE_SECONDS = 2 * 60 * 60  # the longest [security] access_minutes
FOR_EVER = datetime.max.replace(tzinfo=UTC)
_MAX_TOKEN = 2048
_REFRESH = re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{43}")


class SessionInvalid(NotSignedIn):
    """A token that we did not make, or not for this."""

    code = "session.invalid"


class SessionEnded(NotSignedIn):
    """The session was over: signed out, expired, or ended by someone."""

    code = "session.ended"


class AccessExpired(NotSignedIn):
    """The access token is over; the refresh token gives the next one."""

    code = "session.access_expired"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says: a user, their session, and until when."""

    user_id: int
    session: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person as a face holds it, or one of our own processes.

    It proves nothing by itself: each use case verifies the token and reads user,
    role and session again.  ``service`` is true for our own processes, which hold
    no token and sign in to nothing.
    """

    name: str
    role: Role
    full_name: str = ""
    terminal: str = ""
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_expires: datetime = FOR_EVER
    session_expires: datetime = FOR_EVER
    service: bool = False


def new_session_key() -> str:
    """Return a new random name for a session (128 bits)."""
    return secrets.token_hex(16)


def new_refresh_token(session: str) -> str:
    """Return the first refresh token of ``session``."""
    return f"{session}.{_text(secrets.token_bytes(32))}"


def next_refresh_token(ring: KeyRing, token: str, kid: str | None = None) -> str:
    """Return the successor of the refresh token ``token``; always the same for the same key."""
    key = ring.keys[kid or ring.current]
    made = hmac.digest(key, b"hms refresh token\x00" + token.encode(), "sha256")
    return f"{session_of(token)}.{_text(made)}"


def session_of(refresh_token: str) -> str:
    """Return the session that ``refresh_token`` names.

    Raises:
        SessionInvalid: it does not look like a refresh token.
    """
    if not _REFRESH.fullmatch(refresh_token):
        raise SessionInvalid("this is not a refresh token")
    return refresh_token.partition(".")[0]


def fingerprint(refresh_token: str) -> str:
    """Return the hash by which a refresh token is kept."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()


def make_access_token(
    ring: KeyRing, *, user_id: int, session: str, now: datetime, life: timedelta
) -> tuple[str, datetime]:
    """Return a signed access token and the instant at which it ends."""
    from hms.infra.hmac_jwt import jwt

    issued = int(now.timestamp())
    expires = issued + int(life.total_seconds())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": session,
        "jti": secrets.token_hex(16),
        "iat": issued,
        "nbf": issued,
        "exp": expires,
    }
    headers = {"typ": ACCESS_TYPE, "kid": ring.current}
    token = jwt.encode(claims, ring.signing_key, algorithm=ALGORITHM, headers=headers)
    return token, datetime.fromtimestamp(expires, UTC)


def verify_access_token(ring: KeyRing, token: str, now: datetime) -> Claims:
    """Return what ``token`` says when we made it, for this purpose, and it still holds.

    Raises:
        AccessExpired: it was good once.
        SessionInvalid: anything else; which part was wrong is not told.
    """
    from hms.infra.hmac_jwt import jwt

    try:
        kid, kind = _header(token[: _MAX_TOKEN + 1])
        key = ring.verifying_key(kid, now)
        if key is None or kind != ACCESS_TYPE or len(token) > _MAX_TOKEN:
            raise SessionInvalid("this is no access token of ours")
        claims = _signed(token, key)
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError) as error:
        raise SessionInvalid("this is no access token of ours") from error
    return _checked(claims, now.timestamp())


# A desk shows the same token at every use case: which key it names, and that the key signed
# it, do not change (0.2 ms each time).  Key, kind and times are looked at anew.
@lru_cache(maxsize=64)
def _header(token: str) -> tuple[str, object]:
    from hms.infra.hmac_jwt import jwt

    header = jwt.get_unverified_header(token)
    return header.get("kid", ""), header.get("typ")


@lru_cache(maxsize=64)
def _signed(token: str, key: bytes) -> Mapping[str, Any]:
    from hms.infra.hmac_jwt import jwt

    claims = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={
            "require": list(CLAIMS),
            "enforce_minimum_key_length": True,
            "strict_aud": True,
            "verify_exp": False,  # the times are checked at each use, on our own clock
            "verify_iat": False,
            "verify_nbf": False,
        },
    )
    return MappingProxyType(claims)


def _checked(claims: Mapping[str, Any], now: float) -> Claims:
    issued, starts, expires = (claims[name] for name in ("iat", "nbf", "exp"))
    whole = all(type(value) is int for value in (issued, starts, expires))
    texts = all(isinstance(claims[name], str) for name in ("sid", "jti", "sub"))
    if not whole or not texts or not re.fullmatch(r"[0-9]{1,18}", claims["sub"], re.ASCII):
        raise SessionInvalid("this is no access token of ours")
    if max(issued, starts) > now + LEEWAY_SECONDS or not 0 < expires - issued <= MAX_LIFE_SECONDS:
        raise SessionInvalid("this access token is not of this time")
    if expires <= now:
        raise AccessExpired("the access token has expired")
    return Claims(int(claims["sub"]), claims["sid"], datetime.fromtimestamp(expires, UTC))


def _text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
