"""What each role may do comes from the manifests; nothing registered means no."""

from __future__ import annotations

import pytest

from hms.kernel import grants
from hms.kernel.actor import Actor, Permission, Role, Scope
from hms.kernel.errors import NotPermitted

DOOR = Permission("door.open", "open the door", {Role.NURSE: Scope.HOSPITAL})


def test_a_role_holds_what_the_manifests_give_it_and_nothing_else() -> None:
    held = grants.gather([DOOR])
    assert held[Role.NURSE] == {"door.open": Scope.HOSPITAL}
    assert held[Role.ADMIN] == {}


def test_a_permission_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        grants.gather([DOOR, DOOR])


def test_what_is_registered_holds_and_cannot_be_changed_by_who_asks() -> None:
    before = {role: grants.of(role) for role in Role}
    try:
        grants.register([DOOR])
        grants.of(Role.NURSE)["all.doors"] = Scope.HOSPITAL
        assert grants.of(Role.NURSE) == {"door.open": Scope.HOSPITAL}
        grants.register([])
        assert grants.of(Role.NURSE) == {}
    finally:
        names = {name for held in before.values() for name in held}
        grants.register(
            Permission(
                name, "", {role: held[name] for role, held in before.items() if name in held}
            )
            for name in names
        )


def test_nothing_granted_means_no() -> None:
    actor = Actor(user_id=1, name="asha", role=Role.NURSE, hospital_id=1, grants={})
    with pytest.raises(NotPermitted):
        actor.require("door.open")
