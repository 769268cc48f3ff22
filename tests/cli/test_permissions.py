"""``hms permissions``: the matrix, as the manifests declare it."""

from __future__ import annotations

from hms.features import manifests
from tests.cli.shell import Shell


def test_the_whole_matrix_is_shown(shell: Shell) -> None:
    """Every permission of every feature, with the scope of each role."""
    shown = {one["permission"]: one["roles"] for one in shell("permissions", "--json").json}
    declared = {item.name for feature in manifests() for item in feature.permissions}
    assert set(shown) == declared
    assert shown["patients.search"]["doctor"] == "own"
    assert "admin" not in shown["patients.search"]


def test_one_role_sees_what_it_holds(shell: Shell) -> None:
    """A receptionist calls only where a queue lets the front desk do it."""
    said = shell("permissions", "--role", "receptionist")
    row = next(row for row in said.out.splitlines() if row.startswith("tokens.call\t"))
    assert row.split("\t")[1] == "where allowed"
    assert "users.manage" not in said.out


def test_an_unknown_role_is_a_usage_mistake(shell: Shell) -> None:
    """The roles there are stand in the message."""
    said = shell("permissions", "--role", "king", "--json")
    assert said.code == 2
    assert "receptionist" in said.error["message"]
