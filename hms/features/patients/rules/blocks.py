"""Blocks of patients by when they were registered, so that the newest are found without the rest.

Every patient is in one block of each size, numbered by the id.  Any run of ids that
begins and ends at the smallest size is made up of few whole blocks.
"""

from __future__ import annotations

SIZES = (11, 15, 19, 23)  # in bits: 2,048 ids, and sixteen times as many in each next one
SMALLEST, LARGER = SIZES[:2]


def mark(hospital_id: int) -> str:
    """Return the term of all patients of a hospital; no folded text has such a sign."""
    return f"#{hospital_id}"


def marks(hospital_id: int, begin: int, end: int) -> list[str]:
    """Return the terms of the blocks that hold exactly the ids from ``begin`` to before ``end``.

    Both are multiples of the smallest block (``down``, ``up``).
    """
    return [f"#{hospital_id}.{bits}.{number}" for bits, number in blocks(begin, end)]


def blocks(begin: int, end: int) -> list[tuple[int, int]]:
    """Return the largest blocks (size in bits, number) from ``begin`` to before ``end``."""
    found: list[tuple[int, int]] = []
    while begin < end:
        fits = (b for b in reversed(SIZES) if not begin % (1 << b) and begin + (1 << b) <= end)
        bits = next(fits, SMALLEST)
        found.append((bits, begin >> bits))
        begin += 1 << bits
    return found


def down(patient_id: int, bits: int = SMALLEST) -> int:
    """Return where the block of a patient begins."""
    return patient_id >> bits << bits


def up(patient_id: int, bits: int = SMALLEST) -> int:
    """Return where the block of a patient ends."""
    return down(patient_id, bits) + (1 << bits)
