"""However fast the keys come, they land where slow typing puts them; seen on a real terminal."""

from __future__ import annotations

from tests.journeys.pty_desk import Terminal, python
from tests.sizes import sizes

APP = "tests/kit/burst_app.py"
BURST = (
    "Mary<tab><f3>Rao Lakshmi<enter>f<enter>98765<enter>car<enter>"
    "<f3>Bob Smith<enter>m<enter>12<enter>ent<enter>xyz"
)
TYPED_SLOWLY = ["Find  Maryxyz", "Rao Lakshmi|f|98765|CARD", "Bob Smith|m|12|ENT"]
QUIET_SECONDS = 4.0  # a busy machine paints late; a wrong outcome stays as it is


def desk(*arguments: str) -> Terminal:
    terminal = Terminal(python(APP, *arguments))
    terminal.wait_for("Find")
    terminal.settle(0.2)
    return terminal


def after_typing(pause_ms: float, *arguments: str) -> list[str]:
    with desk(*arguments) as terminal:
        terminal.type(BURST, pause_ms=pause_ms)
        rows: list[str] = []
        while rows != TYPED_SLOWLY:
            rows = [line.strip() for line in terminal.lines[1:4]]
            if not terminal._read(QUIET_SECONDS):
                break
        return [line.strip() for line in terminal.lines[1:4]]


def test_slow_typing_over_three_screens_gives_these_rows() -> None:
    assert after_typing(60) == TYPED_SLOWLY


@sizes("runs", 4, 20)
def test_a_burst_of_sixty_keys_at_once_gives_the_same_rows_every_time(runs: int) -> None:
    assert [after_typing(0) for _ in range(runs)] == [TYPED_SLOWLY] * runs


def test_without_the_gate_the_same_burst_goes_astray() -> None:
    assert any(after_typing(0, "open") != TYPED_SLOWLY for _ in range(5))


def test_what_is_typed_before_the_console_runs_is_typed_into_it() -> None:
    with Terminal(python(APP)) as terminal:
        terminal.type("Mary<tab><f3>Rao Lakshmi<enter>f<enter>98765<enter>car<enter>")
        terminal.wait_for("Rao Lakshmi|f|98765|CARD")


def test_a_command_key_struck_twice_runs_once_and_says_so() -> None:
    with desk() as terminal:
        terminal.type("<f4><f4>")
        terminal.wait_for("Somebody is in the room.")
        terminal.type("<esc>")
        terminal.wait_for("called 1, answer None")


def test_keys_typed_while_a_command_runs_wait_for_what_it_opens() -> None:
    with desk() as terminal:
        terminal.type("<f4><f8>abc")
        terminal.wait_for("called 1, answer miss")
        terminal.wait_for("Find  abc")


def test_the_key_that_asked_does_not_answer() -> None:
    with desk() as terminal:
        terminal.type("<f4>")
        terminal.wait_for("Somebody is in the room.")
        terminal.read_for(0.8)
        terminal.type("<f4><f4>")
        terminal.read_for(0.4)
        assert "Somebody is in the room." in terminal.text


def test_a_pasted_text_is_one_key_and_drives_nothing() -> None:
    with desk() as terminal:
        begin = len(terminal.raw)
        terminal.send(b"\x1b[200~Rao\x1b]52;c;aGVsbG8=\x07\nsecond \xe2\x80\xae line\x1b[201~!")
        terminal.wait_for("!")
        assert "second" in terminal.text
        assert b"\x1b]52" not in bytes(terminal.raw[begin:])
        assert "\u202e" not in terminal.text
