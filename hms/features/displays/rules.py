"""How much a wall can say at once, when a screen counts as live, and what its reports may hold."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import fold, show

NOTICE_LENGTH = 160  # characters; what is read in passing
NOTICES_AT_ONCE = 12
EMERGENCIES_AT_ONCE = 3  # they take turns in one banner; more would be read by nobody
NOTICE_MINUTES = 7 * 24 * 60  # the longest that a notice which leaves by itself may stand

NAME_LENGTH = 64
LANGUAGES_LENGTH = 120
LANGUAGES = ("en", "es", "fr", "pt", "de", "hi", "bn", "ar", "ur", "sw", "zh")  # of the wall's page
SOUNDS = ("ok", "blocked", "off")

LIVE_FOR = timedelta(seconds=15)  # a screen that said nothing for longer is not live
EXPECTED_FOR = timedelta(hours=24)  # one that was seen since then is expected to show a call
REACHED_WITHIN_SECONDS = 3.0  # a call that no screen has shown by then rings at its desk
MAX_UNPAIRED = 200  # screens that come by name alone; anybody on the network may be one
FORGET_AFTER = timedelta(days=2)  # what became of each single call

CODE_LIVES = timedelta(minutes=10)
CODES_OPEN = 20  # at once; more is no installation but a mistake
WRONG_TRIES = 10_000  # while a code is open, at all display servers; then it is of no use
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
_CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What the display server says of one screen, or of one call on it.

    ``screens`` counts the connections under that name, 0 when the last one went.
    ``shown_ms`` is the time from the call to the screen.
    """

    name: str
    zone: str | None
    languages: str
    screens: int
    sound: str
    call_id: int | None = None
    shown_ms: int | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A screen says that it has the code whose hash this is."""

    code_hash: str


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that somebody brought to the staff channel; not looked at yet."""

    text: str = field(repr=False)


def new_code() -> str:
    """Return a new pairing code, as it is read out and typed (40 bits).

    A display server tries 60 codes a minute, of all addresses together: 600 while a code
    lives.  With all 20 codes open one of them is guessed with probability 600 * 20 / 2^40,
    about 1 in 90 million; by a fleet of servers that uses up ``WRONG_TRIES``, 1 in 5 million.
    Wrong codes of a stranger therefore end nobody's pairing; they make that address wait.
    """
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def hash_code(code: str) -> str:
    """Return the hash by which a code is kept; case, spaces and the dash do not matter.

    It is slow on purpose: the code is short.
    """
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    made = hashlib.scrypt(typed.encode(), salt=b"hms display pairing", n=2**12, r=8, p=1, dklen=32)
    return made.hex()


def hash_device(token: str) -> str:
    """Return the hash by which a device token (256 bits) is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def name_key(name: str) -> str:
    """Return what makes two names of screens the same."""
    return " ".join(fold(name).split())


def read_claim(body: Mapping[str, Any]) -> Claim:
    """Return the claim that the display server passes on.

    Raises:
        InvalidInput: there is no code in it.
    """
    code = body.get("code")
    if not isinstance(code, str) or not 1 <= len(code) <= 64:
        raise InvalidInput("a pairing needs a code", field="code")
    return Claim(hash_code(code))


def read_token(body: Mapping[str, Any]) -> Token:
    """Return the access token that the display server passes on.

    Raises:
        InvalidInput: there is none in it.
    """
    token = body.get("token")
    if not isinstance(token, str) or not 1 <= len(token) <= 4096:
        raise InvalidInput("a listener needs a token", field="token")
    return Token(token)


def read_reports(body: Mapping[str, Any]) -> tuple[Report, ...]:
    """Return the reports that the display server passes on.

    Raises:
        InvalidInput: a member is missing or of a wrong kind.
    """
    found = body.get("reports")
    if not isinstance(found, list) or len(found) > 1_000:
        raise InvalidInput("reports are a list", field="reports")
    return tuple(_report(one) for one in found)


def _report(one: object) -> Report:
    if not isinstance(one, dict):
        raise InvalidInput("a report is an object", field="reports")
    zone, sound = one.get("zone"), one.get("sound")
    if sound not in SOUNDS:
        raise InvalidInput("sound must be ok, blocked or off", field="sound")
    call = one.get("call_id")
    return Report(
        name=show(_text(one, "name")[:NAME_LENGTH]) or "unnamed",
        zone=None if zone is None else show(_text(one, "zone")[:NAME_LENGTH]),
        languages=show(_text(one, "languages")[:LANGUAGES_LENGTH]),
        screens=_count(one, "screens"),
        sound=str(sound),
        call_id=None if call is None else _count(one, "call_id"),
        shown_ms=None if call is None else _count(one, "shown_ms"),
        spoken=one.get("spoken") is True,
    )


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(phrase("{field} must be a text", field=name), field=name)
    return value


def _count(one: Mapping[str, Any], name: str) -> int:
    value = one.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise InvalidInput(phrase("{field} must be a whole number", field=name), field=name)
    return value
