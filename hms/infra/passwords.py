"""Passwords: what may become one, how it is kept (argon2id), and one-time secrets.

Hashing takes about 40 ms and 19 MiB each: never inside a transaction, never on
the event loop (``off_loop``), at most two at once in a process.  The cost is
OWASP's minimum for argon2id; a desk unlocks many times a day.  A hash made with
lower costs is made anew at the next sign-in.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from passlib.context import CryptContext

T = TypeVar("T")

MIN_LENGTH = 15  # NIST SP 800-63B-4: the password is the only factor
MIN_WITH_FACTOR = 8  # the same: there is a second one
MAX_LENGTH = 256
MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
AT_ONCE = 2

# A hash of nothing, to spend the time on when there is nobody of that name.
_NOBODY = f"$argon2id$v=19$m={MEMORY_KIB},t={ROUNDS},p={LANES}${'A' * 22}${'A' * 43}"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1
_SECRET_GROUPS, _SECRET_GROUP = 5, 5
_OWN_CHARACTERS = 8  # what must remain beside the hospital's and the person's own words
_LEET = str.maketrans("@4301$5!7", "aaeoissit")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)


class WeakPassword(InvalidInput):
    """A password that is too short, or among the first that anybody tries."""

    code = "password.weak"
    hint = "take four or five unrelated words; spaces and all letters are welcome"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="password")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right; ``new_hash`` when the kept hash should be replaced."""

    right: bool
    new_hash: str | None = None


@dataclass(frozen=True, slots=True)
class OneTimeSecret:
    """A password that must be changed at its first use; ``text`` is shown once and kept nowhere."""

    text: str
    hash: str

    def __repr__(self) -> str:
        return "OneTimeSecret(…)"


def normal(password: str) -> str:
    """Return ``password`` in the form that is hashed (NFC), so that every keyboard types the same.

    Raises:
        InvalidInput: longer than ``MAX_LENGTH``, or not text.
    """
    if len(password) > MAX_LENGTH:
        raise InvalidInput(
            "the password is too long",
            hint=phrase("use at most {max_length} characters", max_length=MAX_LENGTH),
            field="password",
        )
    if any("\ud800" <= c <= "\udfff" for c in password):
        raise InvalidInput("the password is not valid text", field="password")
    return unicodedata.normalize("NFC", password)


def check_new(password: str, own_words: Iterable[str] = (), *, least: int = MIN_LENGTH) -> str:
    """Return a new password in its normal form when it may be used.

    Args:
        password: what was typed.
        own_words: names an outsider would try first: the hospital's, the person's.
        least: how many characters it must have.

    Raises:
        WeakPassword: too short, well known, one pattern, or made of the own words.
        InvalidInput: too long, or with control characters.
    """
    text = normal(password)
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise InvalidInput("the password has a control character", field="password")
    if len(text) < least:
        raise WeakPassword(
            phrase(
                "the password has {count} characters; {least} are needed",
                count=len(text),
                least=least,
            )
        )
    folded = text.casefold()
    if _is_common(folded):
        raise WeakPassword("this password is on the list of well-known passwords")
    if _is_pattern(folded):
        raise WeakPassword("this password repeats itself or follows the keyboard")
    word = _made_of(folded, own_words)
    if word:
        raise WeakPassword(
            phrase('this password is little more than "{word}", which others know', word=word)
        )
    return text


def make_hash(password: str) -> str:
    """Return the argon2id hash of ``password``; takes about 40 ms."""
    return str(_context().hash(normal(password)))


def verify(password: str, kept: str | None) -> Verdict:
    """Return whether ``password`` is the one that ``kept`` is the hash of.

    With ``kept`` None (nobody of that name) it takes as long and is wrong.

    Raises:
        InvalidInput: ``password`` is longer than any password may be, or not text.
    """
    text = normal(password)
    right, new_hash = _context().verify_and_update(text, kept or _NOBODY)
    if kept is None:
        return Verdict(False)
    return Verdict(bool(right), new_hash)


def one_time_secret() -> OneTimeSecret:
    """Return a new random one-time secret of 123 bits, in groups that can be read aloud."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_GROUP))
        for _ in range(_SECRET_GROUPS)
    )
    text = "-".join(groups)
    return OneTimeSecret(text, make_hash(text))


async def off_loop(function: Callable[..., T], *args: Any) -> T:
    """Run a hashing ``function`` in one of two threads kept for it."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), function, *args)


@lru_cache(maxsize=1)
def _context() -> CryptContext:
    from passlib.context import CryptContext

    return CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=MEMORY_KIB,
        argon2__time_cost=ROUNDS,
        argon2__parallelism=LANES,
    )


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hms-password")


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    text = files("hms.infra").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _is_common(folded: str) -> bool:
    """Return whether a well-known word, perhaps repeated and decorated, makes all of ``folded``."""
    if folded in _common():
        return True
    forms = {_letters(folded), _letters(folded.translate(_LEET))}
    forms |= {_letters(_ENDS.sub("", folded)), _letters(_ENDS.sub("", folded).translate(_LEET))}
    return any(_repeated(form) in _common() for form in forms if form)


def _repeated(text: str) -> str:
    """Return the shortest piece that ``text`` is a repetition of."""
    return text[: (text + text).find(text, 1)]


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _is_pattern(folded: str) -> bool:
    """Return whether a short piece repeated, or one walk over the keyboard, makes all of it."""
    if any(folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, 7)):
        return True
    if len(set(folded)) < 5:
        return True
    return _pieces_of_runs(folded) <= 2


def _pieces_of_runs(text: str) -> int:
    """Return into how few neighbouring pieces of keyboard runs ``text`` falls, greedily."""
    pieces, start = 0, 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _runs_contain(text[start : end + 1]):
            end += 1
        start = end
        pieces += 1
    return pieces


def _runs_contain(piece: str) -> bool:
    return any(piece in run or piece in run[::-1] for run in _RUNS)


def _made_of(folded: str, own_words: Iterable[str]) -> str | None:
    """Return the own word that most of ``folded`` is made of, None when enough else remains."""
    pieces = {p for word in own_words for p in _letters_of_words(word.casefold()) if len(p) >= 3}
    rest, taken = folded, []
    for piece in sorted(pieces, key=len, reverse=True):
        if piece in rest:
            rest = rest.replace(piece, "")
            taken.append(piece)
    if not taken or len(_letters(rest)) >= _OWN_CHARACTERS:
        return None
    return taken[0]


def _letters_of_words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()
