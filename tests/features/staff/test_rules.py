"""Login names, roles above others, and a doctor's status."""

from __future__ import annotations

import pytest

from hms.features.staff import rules
from hms.features.staff.rules import DoctorStatus
from hms.kernel.actor import STAFF_ROLES, Role
from hms.kernel.errors import InvalidInput, NotPermitted


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Asha", "asha"),
        ("Dr.Rao", "dr.rao"),
        ("desk-1@st_mary", "desk-1@st_mary"),
        ("ＡＳＨＡ", "asha"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("2nd.nurse", "2nd.nurse"),
        ("आशा", "आशा"),
    ],
)
def test_login_names_are_one_whatever_the_case_and_keyboard(typed: str, kept: str) -> None:
    assert rules.login_name(typed) == kept


@pytest.mark.parametrize(
    "bad",
    [
        "",
        " ",
        "a b",
        "-x",
        "_x",
        "<script>",
        "' OR 1=1",
        "a" * 65,
        "x" * 10_000,
        "\x1b[31m",
        "a\u202eb",
        "\ud800",
    ],
)
def test_what_is_no_login_name_is_refused_and_names_the_field(bad: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.login_name(bad)
    assert refused.value.field == "name"


@pytest.mark.parametrize("target", STAFF_ROLES)
def test_a_manager_manages_everybody_below_managers(target: Role) -> None:
    if target in (Role.ADMIN, Role.MANAGER):
        with pytest.raises(NotPermitted):
            rules.require_may_manage(Role.MANAGER, target)
    else:
        rules.require_may_manage(Role.MANAGER, target)
    rules.require_may_manage(Role.ADMIN, target)


def test_roles_are_known_by_name_and_our_own_processes_are_no_role_for_people() -> None:
    assert rules.staff_role("Blood-Bank") is Role.BLOOD_BANK
    for bad in ("boss", "service", ""):
        with pytest.raises(InvalidInput, match="role is not known"):
            rules.staff_role(bad)


def test_a_pause_always_has_a_reason() -> None:
    assert rules.status_reason(DoctorStatus.PAUSED, "") == "none given"
    assert rules.status_reason(DoctorStatus.PAUSED, "theatre") == "theatre"
    assert rules.status_reason(DoctorStatus.ONLINE, "") is None


def test_an_unknown_status_is_refused_with_those_that_there_are() -> None:
    assert rules.doctor_status("Busy") is DoctorStatus.BUSY
    with pytest.raises(InvalidInput) as refused:
        rules.doctor_status("asleep")
    assert "paused" in refused.value.hint
