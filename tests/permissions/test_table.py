"""The manifests give each role what the hospital's table gives it, cell by cell."""

from __future__ import annotations

import pytest

from hms.features import manifests
from hms.kernel.actor import STAFF_ROLES, Permission, Role
from tests.permissions.trust_table import DEVIATIONS, ROW_OF, TABLE, decided

DECLARED: dict[str, Permission] = {
    item.name: item for feature in manifests() for item in feature.permissions
}
# What tells of patients: none of it is the system administrator's to see in full.
OF_PATIENTS = ("patients.", "tokens.", "accesses.")


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_each_role_holds_what_was_decided(name: str) -> None:
    assert name in ROW_OF, f"say in tests/permissions/trust_table.py who may {name}"
    held = {role: scope for role, scope in DECLARED[name].roles.items() if role in STAFF_ROLES}
    assert held == decided(name)


def test_the_table_speaks_of_nothing_that_is_not_there() -> None:
    assert set(ROW_OF) - set(DECLARED) == set()
    assert set(ROW_OF.values()) == set(TABLE)
    assert {name for name, _ in DEVIATIONS} <= set(ROW_OF)


def test_the_system_administrator_sees_no_patient() -> None:
    for name, item in DECLARED.items():
        if name.startswith(OF_PATIENTS) and Role.ADMIN in item.roles:
            assert item.roles[Role.ADMIN].value == "masked", name
