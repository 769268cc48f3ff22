"""A line that drops takes the program with it, in order, and holds nobody up."""

from __future__ import annotations

import io

from hms.kit.tui_line import Line


class Dead(io.StringIO):
    """A terminal that is gone."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_what_is_painted_on_a_dropped_line_is_lost_and_said_once() -> None:
    told: list[str] = []
    line = Line(Dead(), lambda: told.append("dropped"))
    for _ in range(3):
        line.write("x")
        line.flush()
    assert told == ["dropped"]


def test_a_living_line_is_written_to() -> None:
    terminal = io.StringIO()
    line = Line(terminal, lambda: None)
    line.write("token")
    line.flush()
    assert terminal.getvalue() == "token"
