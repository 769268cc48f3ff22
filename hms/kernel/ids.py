"""Identifiers that nobody guesses, and the check digit that finds typing errors."""

from __future__ import annotations

import secrets
import time

_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def op_id() -> str:
    """Return a new operation id: unique, and roughly in order of time."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def secret(bits: int = 256) -> str:
    """Return a URL-safe secret of ``bits`` from the system's generator."""
    return secrets.token_urlsafe(bits // 8)


def check_digit(digits: str) -> str:
    """Return the Damm check digit of ``digits``.

    Finds every single wrong digit and every swap of neighbours (H. M. Damm,
    "Total anti-symmetrische Quasigruppen", 2004, table of order 10).
    """
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)
