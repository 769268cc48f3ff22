"""All ten function keys and their labels stand in 80 columns, each always in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hms.features import manifests
from hms.kit.base import Faceplate, HmsModal, HmsScreen
from hms.kit.tui_actions import LONGEST_LABEL, Action
from tests.kit.screens import OneScreen, lines

TEN = tuple(Action(f"f{n}", f"Labe{n % 10}", f"Action {n}", f"act{n}") for n in range(1, 11))


class Ten(HmsScreen[None]):
    ACTIONS = (*TEN, Action("ctrl+l", "Lock", "Lock", "lock"))

    def enabled(self, action: Action) -> bool:
        return action.key != "f3"


@pytest.mark.asyncio
@pytest.mark.parametrize("width", [80, 99, 120, 200])
async def test_ten_labels_are_all_there(width: int) -> None:
    app = OneScreen(Ten())
    async with app.run_test(size=(width, 24)):
        first, second = lines(app)[-2:]
        for action in TEN:
            assert first.index(action.cap) == (int(action.key[1:]) - 1) * (width // 10)
            assert action.label in first
        assert "^L Lock" in second
        assert len(first) <= width


def every_face() -> Iterator[type[Faceplate]]:
    """Give every screen and dialog of the house that is defined by now."""
    import hms.console.app
    import hms.console.desks.doctor
    import hms.console.password  # noqa: F401

    assert manifests()
    waiting: list[type[Faceplate]] = [HmsScreen, HmsModal]
    while waiting:
        face = waiting.pop()
        if face.__module__.startswith("hms."):
            yield face
        waiting += face.__subclasses__()


FACES: list[type[Faceplate]] = sorted(set(every_face()), key=str)


@pytest.mark.parametrize("face", FACES)
def test_every_action_of_the_house_is_labelled_titled_and_there(face: type[Faceplate]) -> None:
    for action in face.all_actions:
        assert len(action.label) <= LONGEST_LABEL or not action.is_function_key
        assert action.title
        assert action.key in ("", "enter", "escape") or action.label
        assert hasattr(face, f"action_{action.name}"), action.name


@pytest.mark.parametrize("face", FACES)
def test_no_action_sits_on_a_letter_or_on_a_key_that_terminals_eat(face: type[Faceplate]) -> None:
    for action in face.all_actions:
        moving = ("", "enter", "escape", "up", "down", "pageup", "pagedown")
        safe = action.is_function_key or action.key in moving
        assert safe or (action.key.startswith("ctrl+") and action.key[5:] not in "imshz[")
