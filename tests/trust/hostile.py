"""Sixty texts that somebody types, scans, pastes or imports to do harm (trust.md T16)."""

from __future__ import annotations

import re
from collections.abc import Iterator

TEXTS: tuple[str, ...] = (
    # what a terminal obeys: clears, moves, titles, clipboards, links, queries, devices
    "\x1b[2J", "\x1b[H\x1b[31mred", "\x1b]0;title\x07", "\x1b]2;title\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b]52;c;?\x1b\\", "\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]1337;File=:QQ==\x07", "\x1bP$q q\x1b\\", "\x1bP+q544e\x1b\\", "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1b[6n", "\x1b[c", "\x1b[?1047l", "\x1b[?12l", "\x1bc",
    "\x1b#8", "\x1b(0lqk", "\x1b[20t", "\x1b[201~", "\x1b", "\x1b[",
    # the same as single C1 characters, and other controls
    "\x9b31m", "\x9d0;title\x9c", "\x90$q\x9c", "\x9fG\x9c", "\x84\x85\x8d", "\x07\x08\x0b\x0c",
    "a\rb", "a\nb", "a\tb", "\x00", "Ra\x00o", "\x7f\x7f", "\x1a", "\x04", "\x0e\x0f",
    # what turns, hides or joins
    "a\u202eb", "\u2066x\u2069", "\u200f\u200e", "\u200b\ufeff", "a\u2060b", "\U000e0041\U000e007f",
    "\ud800", "\udfff\ud800", "👩‍👩‍👧‍👦 Rao", "محمد عبد الله", "e\u0301\u0327" * 30,
    # what another program would read: markup, formulas, HTML, SQL, format strings, size
    "[/foo]", "[@click=app.quit]x[/]", "[bold red]x", "=cmd|' /C calc'!A0", "+1-1@SUM(A1)",
    "<script>alert(1)</script>", "' OR 1=1 --", "%s%n{0.__class__}", "../../etc/passwd",
    "x" * 1_000_000,
)  # fmt: skip

# All that Textual and we ever write: colours, places, its own modes, the pointer's shape.
_OWN = re.compile(
    rb"\x1b\[[0-9;:]*m"
    rb"|\x1b\[[0-9]+;[0-9]+H"
    rb"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)(?:[hl]|\$p)"
    rb"|\x1b\[(?:>25|<)u"
    rb"|\x1b\[2K"  # the line of a progress bar
    rb"|\x1b\]22;[a-z-]+\x07"
)
_OBEYED = re.compile(
    r"[\x80-\x9f\x00\x04\x07\x0e\x0f\x1a\x7f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def foreign(raw: bytes) -> list[bytes]:
    """Return what in ``raw`` a terminal obeys and neither we nor Textual ever write."""
    found: list[bytes] = []
    rest = bytearray()
    at = 0
    for own in _OWN.finditer(raw):
        rest += raw[at : own.start()] + b"\x20"
        at = own.end()
    rest += raw[at:]
    found += [bytes(rest[m.start() : m.start() + 12]) for m in re.finditer(rb"\x1b", rest)]
    text = rest.decode("utf-8", errors="replace")
    found += [character.encode() for character in _OBEYED.findall(text)]
    return found


def in_turn(start: int = 0) -> Iterator[str]:
    """Give the texts one after the other, without end."""
    while True:
        yield TEXTS[start % len(TEXTS)]
        start += 1
