"""Reactions: in the order of the features, and only those that are registered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hms.bootstrap import register_features
from hms.kernel import reactions
from hms.kernel.feature import Reaction

heard: list[str] = []


def first(said: str) -> None:
    """Hear it."""
    heard.append(f"first {said}")


def second(said: str) -> None:
    """Hear it, too."""
    heard.append(f"second {said}")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the features' own reactions registered."""
    heard.clear()
    yield
    register_features()


def test_all_that_react_are_called_in_order_and_others_are_not() -> None:
    here = "tests.kernel.test_reactions"
    reactions.register(Reaction("rain", f"{here}:{name}") for name in ("first", "second"))
    reactions.react("rain", "falls")
    reactions.react("snow", "falls")
    assert heard == ["first falls", "second falls"]


def test_registering_again_replaces() -> None:
    reactions.register([Reaction("rain", "tests.kernel.test_reactions:first")])
    reactions.register([])
    reactions.react("rain", "falls")
    assert heard == []
