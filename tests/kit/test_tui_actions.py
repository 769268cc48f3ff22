"""One list of actions feeds keys, key bar, palette and help."""

from __future__ import annotations

import pytest

from hms.kit.tui_actions import Action, key_cap, merged


@pytest.mark.parametrize(
    ("key", "cap"), [("f4", "F4"), ("ctrl+l", "^L"), ("escape", "Esc"), ("enter", "Enter")]
)
def test_a_key_is_written_as_on_its_cap(key: str, cap: str) -> None:
    assert key_cap(key) == cap


def test_function_and_ctrl_keys_go_before_what_a_field_makes_of_them() -> None:
    assert Action("ctrl+u", "Undo", "Undo", "undo").binding().priority
    assert Action("f10", "Undo", "Undo", "undo").binding().priority
    assert not Action("enter", "Go", "Go", "go").binding().priority


def test_a_later_action_takes_the_key_of_an_earlier_one() -> None:
    base = (Action("f1", "Help", "Help", "help"), Action("f2", "Two", "Two", "two"))
    own = (Action("f2", "Mine", "Mine", "mine"), Action("", "", "No key", "quiet"))
    assert [a.name for a in merged(base, own)] == ["help", "mine", "quiet"]
