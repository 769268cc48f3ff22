"""A scanned code never lands in the field that has the cursor, and is taken once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hms.kit.scanner import CodeKind, Scanner, kind_of


@dataclass(frozen=True)
class Stroke:
    key: str
    character: str | None


def typed(text: str) -> list[Stroke]:
    return [Stroke(c, c) for c in text]


PREFIX = Stroke("f12", None)
STX = Stroke("ctrl+b", "\x02")
ENTER = Stroke("enter", "\r")


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def feed(scanner: Scanner[Stroke], strokes: list[Stroke]) -> tuple[list[str], list[str]]:
    passed: list[str] = []
    codes: list[str] = []
    for stroke in strokes:
        verdict = scanner.take(stroke)
        passed += [s.key for s in verdict.passed]
        if verdict.code is not None:
            codes.append(verdict.code)
    return passed, codes


@pytest.mark.parametrize("prefix", [PREFIX, STX])
def test_a_code_between_prefix_and_enter_is_taken_whole(prefix: Stroke) -> None:
    passed, codes = feed(Scanner(), [*typed("ab"), prefix, *typed("GM-042"), ENTER, *typed("c")])
    assert codes == ["GM-042"]
    assert passed == ["a", "b", "c"]


def test_the_same_code_within_two_seconds_is_taken_once() -> None:
    time = Time()
    scanner: Scanner[Stroke] = Scanner(now=time)
    scan = [PREFIX, *typed("GM-042"), ENTER]
    assert feed(scanner, scan)[1] == ["GM-042"]
    time.now = 1.9
    assert feed(scanner, scan)[1] == []
    time.now = 4.0
    assert feed(scanner, scan)[1] == ["GM-042"]


def test_another_code_is_taken_at_once() -> None:
    scanner: Scanner[Stroke] = Scanner()
    first = [PREFIX, *typed("GM-042"), ENTER]
    second = [PREFIX, *typed("GM-043"), ENTER]
    assert feed(scanner, first + second)[1] == ["GM-042", "GM-043"]


def test_a_prefix_struck_by_hand_loses_nothing_that_is_typed_after_it() -> None:
    scanner: Scanner[Stroke] = Scanner()
    assert feed(scanner, [PREFIX, *typed("rao")]) == ([], [])
    assert [s.key for s in scanner.give_up()] == ["r", "a", "o"]
    assert not scanner.collecting


def test_a_function_key_ends_what_was_no_code() -> None:
    passed, codes = feed(Scanner(), [PREFIX, *typed("ra"), Stroke("f4", None)])
    assert passed == ["r", "a", "f4"]
    assert codes == []


def test_a_code_without_end_is_given_back() -> None:
    passed, codes = feed(Scanner(), [PREFIX, *typed("7" * 200)])
    assert codes == []
    assert len(passed) == 200


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("GM-042", CodeKind.TOKEN),
        ("gm-42", CodeKind.TOKEN),
        ("M00000076", CodeKind.MRN),
        ("", CodeKind.UNKNOWN),
        ("' OR 1=1", CodeKind.UNKNOWN),
        ("x" * 60, CodeKind.UNKNOWN),
    ],
)
def test_a_code_is_known_by_its_form(code: str, kind: CodeKind) -> None:
    assert kind_of(code) is kind
