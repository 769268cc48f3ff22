"""Nothing granted means no."""

from __future__ import annotations

import pytest

from hms.kernel.actor import STAFF_ROLES, Actor, Role, Scope
from hms.kernel.errors import NotPermitted


def actor(**grants: Scope) -> Actor:
    return Actor(1, "rosa", Role.BLOOD_BANK, 1, {k.replace("_", "."): v for k, v in grants.items()})


def test_what_is_held_gives_its_scope() -> None:
    who = actor(tokens_call=Scope.OWN)
    assert who.require("tokens.call") is Scope.OWN
    assert who.scope("tokens.call") is Scope.OWN
    assert who.may("tokens.call")


def test_what_is_not_held_is_refused_in_plain_words() -> None:
    who = actor()
    assert who.scope("tokens.call") is None
    assert not who.may("tokens.call")
    with pytest.raises(NotPermitted) as refused:
        who.require("tokens.call")
    assert "tokens.call" in refused.value.message
    assert refused.value.exit == 4


def test_there_are_seven_roles_of_people() -> None:
    assert len(STAFF_ROLES) == 7
    assert Role.SERVICE not in STAFF_ROLES
