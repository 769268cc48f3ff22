"""The QR code on a terminal is the one of the library, module for module, and fits 80 by 24."""

from __future__ import annotations

import segno

from hms.infra.second_factor import MAX_ADDRESS
from hms.kit.qr import QUIET_MODULES, qr_lines


def test_the_blocks_are_the_modules() -> None:
    code = segno.make("otpauth://totp/x", error="l", boost_error=False, micro=False)
    rows = [[bool(dark) for dark in row] for row in code.matrix_iter(border=QUIET_MODULES)]
    drawn: list[list[bool]] = []
    for line in qr_lines("otpauth://totp/x"):
        drawn.append([block in "█▀" for block in line])
        drawn.append([block in "█▄" for block in line])
    assert drawn[: len(rows)] == rows
    assert not any(drawn[-1])


def test_the_longest_address_leaves_room_for_a_key_bar_and_a_code() -> None:
    lines = qr_lines("x" * MAX_ADDRESS)
    assert len(lines) <= 24 - 2
    assert {len(line) for line in lines} == {41}
