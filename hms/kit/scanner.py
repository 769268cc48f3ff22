"""What a barcode scanner types: told from a person's typing by its prefix key.

A scanner is set to send a prefix (F12 or STX, which is Ctrl+B), the code, then
Enter, Tab or ETX.  The code never reaches the field that has the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Generic, Protocol, TypeVar

PREFIX_KEYS = frozenset({"f12", "ctrl+b"})
END_KEYS = frozenset({"enter", "tab", "ctrl+c"})  # CR, HT, ETX
SAME_CODE_SECONDS = 2.0
SILENCE_SECONDS = 0.5  # a person who struck the prefix key by mistake waits no longer
LONGEST_CODE = 64

_TOKEN = re.compile(r"[A-Z][A-Z0-9]{0,7}-[0-9]{1,6}\Z")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/.-]{2,31}\Z")


class CodeKind(StrEnum):
    """What a scanned code names."""

    TOKEN = "token"  # noqa: S105
    MRN = "mrn"
    UNKNOWN = "unknown"


def kind_of(code: str) -> CodeKind:
    """Return what ``code`` names by its form; whether it exists, the service knows."""
    text = code.strip().upper()
    if _TOKEN.match(text):
        return CodeKind.TOKEN
    return CodeKind.MRN if _CODE.match(text) else CodeKind.UNKNOWN


class KeyStroke(Protocol):
    """What the recogniser reads of a key event."""

    @property
    def key(self) -> str:
        """Return the key's name."""
        ...

    @property
    def character(self) -> str | None:
        """Return what the key types, None when nothing."""
        ...


K = TypeVar("K", bound=KeyStroke)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[K]):
    """What one key led to: keys for the focused field, or a whole code."""

    passed: tuple[K, ...] = ()
    code: str | None = None


class Scanner(Generic[K]):
    """Follows the keys one by one and takes scanned codes out of them."""

    silence_seconds = SILENCE_SECONDS

    def __init__(
        self,
        prefix_keys: frozenset[str] = PREFIX_KEYS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._prefix = prefix_keys
        self._now = now
        self._held: list[K] = []
        self._last_code = ""
        self._last_at = float("-inf")

    @property
    def collecting(self) -> bool:
        """Return whether a code is being received."""
        return bool(self._held)

    def take(self, stroke: K) -> Verdict[K]:
        """Take one key and return what it led to."""
        if not self._held:
            if stroke.key in self._prefix:
                self._held.append(stroke)
                return Verdict()
            return Verdict(passed=(stroke,))
        if stroke.key in END_KEYS:
            return Verdict(code=self._complete())
        self._held.append(stroke)
        if not _printable(stroke) or len(self._held) > LONGEST_CODE + 1:
            return Verdict(passed=self.give_up())
        return Verdict()

    def give_up(self) -> tuple[K, ...]:
        """Return what was collected without an end, as plain typing; the prefix is dropped."""
        held, self._held = self._held, []
        return tuple(held[1:])

    def _complete(self) -> str | None:
        code = "".join(stroke.character or "" for stroke in self.give_up()).strip()
        at = self._now()
        again = code == self._last_code and at - self._last_at < SAME_CODE_SECONDS
        self._last_code, self._last_at = code, at
        return None if again or not code else code


def _printable(stroke: KeyStroke) -> bool:
    return stroke.character is not None and stroke.character.isprintable()
