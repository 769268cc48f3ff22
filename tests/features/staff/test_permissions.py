"""The manifest gives each role what the hospital's matrix gives it, and nothing else."""

from __future__ import annotations

import pytest

from hms.features.staff import FEATURE
from hms.kernel import grants
from hms.kernel.actor import STAFF_ROLES, Role, Scope

H, OWN = Scope.HOSPITAL, Scope.OWN
MATRIX: dict[str, dict[Role, Scope]] = {
    "profile.own": dict.fromkeys(STAFF_ROLES, OWN),
    "users.see": {Role.ADMIN: H, Role.MANAGER: H},
    "users.manage": {Role.ADMIN: H, Role.MANAGER: H},
    "users.reset": {Role.ADMIN: H, Role.MANAGER: H},
    "sessions.manage": {Role.ADMIN: H, Role.MANAGER: H},
    "keys.rotate": {Role.ADMIN: H},
    "doctors.see": dict.fromkeys([r for r in STAFF_ROLES if r is not Role.DISPATCHER], H),
    "doctors.define": {Role.ADMIN: H, Role.MANAGER: H},
    "doctors.status": {Role.MANAGER: H, Role.RECEPTIONIST: H, Role.DOCTOR: OWN},
    "places.see": dict.fromkeys([r for r in STAFF_ROLES if r is not Role.DISPATCHER], H),
    "hospitals.see": {Role.ADMIN: H, Role.MANAGER: OWN},
    "hospitals.define": {Role.ADMIN: H},
    "places.define": {Role.ADMIN: H, Role.MANAGER: H},
}


def test_the_matrix_names_every_permission_of_staff() -> None:
    assert {permission.name for permission in FEATURE.permissions} == set(MATRIX)


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_a_role_holds_exactly_its_row_of_the_matrix(role: Role) -> None:
    held = grants.gather(FEATURE.permissions)[role]
    assert held == {name: roles[role] for name, roles in MATRIX.items() if role in roles}


def test_every_command_of_the_manifest_can_be_loaded() -> None:
    from hms.kernel.feature import load

    assert all(load(command.target) is not None for command in FEATURE.commands)
