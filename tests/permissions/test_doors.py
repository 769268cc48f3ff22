"""No door is open to the wrong role: every use case, tried by everybody, in every place (T15, T22).

What is allowed succeeds and leaves an audit row with whatever it changed; what is
denied changes nothing and leaves exactly one row that says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from hms.features import FEATURES
from hms.infra.sessions import SignedIn
from hms.kernel import grants
from hms.kernel.actor import STAFF_ROLES, Role, Scope
from hms.kernel.errors import HmsError, NotFound, NotPermitted, NotSignedIn
from tests.permissions.rows import EVERYBODY, ROWS, SECRET, Aim, Row
from tests.permissions.stage import (
    ALLERGY,
    CANARY,
    OUTSIDE,
    PASSWORD,
    REMARK,
    Stage,
    stage_at,
)
from tests.support import quick_folder

UNWATCHED = {"audit", "audit_seal"}
# What machines report, and what a printer did: facts, many a minute (tests.support.AuditWatch).
OF_MACHINES = {"display_state", "display_call", "print_job", "outbox"}
BY_MACHINES = {"displays.report", "printing.drive", "printing.slips"}
OF_THE_FIRST = (CANARY, "GM-", "ENT-", "LAB-", "rosa")
NEVER_IN_THE_AUDIT = (
    ALLERGY, REMARK, PASSWORD, SECRET.text, SECRET.hash, "$argon2", "no password opens this",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return two hospitals, built once for all of this; nothing that is tried leaves a trace."""
    with quick_folder(tmp_path_factory.mktemp("doors")) as folder, stage_at(folder) as made:
        yield made


def public_use_cases() -> set[str]:
    """Return every public use case as ``feature.name``: what takes work and actor first."""
    found = set()
    for feature in FEATURES:
        service = import_module(f"hms.features.{feature}.service")
        for name in dir(service):
            value = getattr(service, name)
            if name.startswith("_") or not inspect.isfunction(value):
                continue
            first = [part.lstrip("_") for part in list(inspect.signature(value).parameters)[:2]]
            ours = value.__module__.startswith(f"hms.features.{feature}.")
            if ours and first == ["work", "actor"]:
                found.add(f"{feature}.{name}")
    return found


def test_every_public_use_case_has_its_row() -> None:
    rows = {key.partition(":")[0] for key in ROWS}
    missing = sorted(public_use_cases() - rows)
    assert not missing, f"say in tests/permissions/rows.py who may do these: {missing}"
    assert not rows - public_use_cases()


def knock(stage: Stage, who: SignedIn, row: Row, place: str) -> Any:
    """Try ``row`` as ``who`` in ``place``, through the door that all faces use."""
    door = stage.application.ask_now if row.looks else stage.application.do_now
    return door(who, row.use_case, *row.args(stage.places[place]), **row.named)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the tables whose rows differ."""
    return {name for name in before if before[name] != after[name]} - UNWATCHED


@pytest.mark.parametrize("key", ROWS)
def test_who_may_may_and_who_may_not_leaves_one_entry_and_no_change(stage: Stage, key: str) -> None:
    row = ROWS[key]
    untouched: dict[str, str] = {}
    for role in Role:
        scope = scope_of(role, row)
        for place in row.aim.value:
            where = f"{key} by {role} in {place}"
            with stage.without_traces():
                prepare(stage, key)
                untouched, last = untouched or stage.contents(), stage.last_entry()
                refusal = _refusal(lambda: knock(stage, stage.people[1, role], row, place))  # noqa: B023
                touched = changed(untouched, stage.contents())
                entries = stage.entries_after(last)
            if row.allowed(role, scope, place):
                assert refusal is None, f"{where}: {refusal!r}"
                facts = touched <= OF_MACHINES and row.permission in BY_MACHINES
                assert entries or facts or not touched, f"{where} changed {touched} unaudited"
                assert len({entry[1] for entry in entries}) <= 1, f"{where}: several operations"
                told = str([entry[4:] for entry in entries])
                assert not [word for word in NEVER_IN_THE_AUDIT if word in told], where
            else:
                assert isinstance(refusal, NotPermitted), f"{where}: {refusal!r}"
                assert touched == set(), f"{where} was denied and changed {touched}"
                said = [(entry[2], entry[3]) for entry in entries]
                user = stage.users.get((1, role))
                assert said == [(user, "access.denied")], where


def scope_of(role: Role, row: Row) -> Scope | None:
    """Return how far ``role`` holds what the row asks for."""
    return Scope.HOSPITAL if row.permission == EVERYBODY else grants.of(role).get(row.permission)


def prepare(stage: Stage, key: str) -> None:
    """Bring about what the use case needs beside what is there already."""
    if key == "patients.archive":
        stage.force("UPDATE patient SET archived_at = NULL")
    elif key == "staff.take_second_factor":
        stage.force(
            "INSERT INTO second_factor (user_id, sealed, created_at, confirmed_at, short_password)"
            " SELECT id, 'sealed', '2031-03-04', '2031-03-04', 0 FROM user_account"
        )
    elif key in ("printing.retry", "printing.came_out"):
        status = "failed" if key == "printing.retry" else "doubtful"
        stage.force("DROP TRIGGER print_job_moves")
        stage.force("UPDATE print_job SET status = ?", status)


def _refusal(act: Callable[[], Any]) -> HmsError | None:
    try:
        act()
    except HmsError as error:
        return error
    return None


def _nobody(_stage: Stage, _user: int, who: SignedIn) -> SignedIn:
    return replace(who, access_token="")


def _disabled(stage: Stage, user: int, who: SignedIn) -> SignedIn:
    stage.force("UPDATE user_account SET active = 0 WHERE id = ?", user)
    return who


def _ended(stage: Stage, user: int, who: SignedIn) -> SignedIn:
    stage.force(
        "UPDATE desk_session SET ended_at = '2031-03-04 09:00:00.000000', "
        "ended_reason = 'signed_out' WHERE user_id = ?", user,
    )  # fmt: skip
    return who


def _new_password_due(stage: Stage, user: int, who: SignedIn) -> SignedIn:
    stage.force("UPDATE user_account SET must_change = 1 WHERE id = ?", user)
    return who


def _second_factor_due(stage: Stage, _user: int, who: SignedIn) -> SignedIn:
    settings = stage.application.db.settings
    every = tuple(role.value for role in STAFF_ROLES)
    security = replace(settings.security, second_factor_roles=every)
    stage.application.db.settings = replace(settings, security=security)
    return who


OUT_OF_DOORS: dict[str, Callable[[Stage, int, SignedIn], SignedIn]] = {
    "nobody": _nobody,
    "disabled": _disabled,
    "signed out": _ended,
    "new password due": _new_password_due,
    "second factor due": _second_factor_due,
}


@contextmanager
def own_settings(stage: Stage) -> Iterator[None]:
    """Put the settings back that somebody changed."""
    settings = stage.application.db.settings
    try:
        yield
    finally:
        stage.application.db.settings = settings


@pytest.mark.parametrize("why", OUT_OF_DOORS)
def test_who_is_not_properly_signed_in_may_do_nothing(stage: Stage, why: str) -> None:
    for key, row in ROWS.items():
        role = next((r for r in STAFF_ROLES if scope_of(r, row)), Role.ADMIN)
        user = stage.users[1, role]
        with stage.without_traces(), own_settings(stage):
            who = OUT_OF_DOORS[why](stage, user, stage.people[1, role])
            before, last = stage.contents(), stage.last_entry()
            refusal = _refusal(lambda: knock(stage, who, row, row.aim.value[0]))  # noqa: B023
            assert changed(before, stage.contents()) == set(), f"{key}, {why}"
            assert stage.entries_after(last) == []
        assert isinstance(refusal, NotSignedIn | NotPermitted), f"{key}, {why}: {refusal!r}"
        assert refusal.code.startswith(("access.", "session.", "second_factor.")), refusal.code


@pytest.mark.parametrize("key", ROWS)
def test_another_hospital_is_out_of_reach(stage: Stage, key: str) -> None:
    """By id and by name: what is aimed at something is refused, what lists shows nothing of it."""
    row = ROWS[key]
    before: dict[str, str] = {}
    for role in STAFF_ROLES:
        where = f"{key} by the other hospital's {role}"
        with stage.without_traces():
            prepare(stage, key)
            before = before or stage.contents_of_the_first()
            try:
                result = knock(stage, stage.people[OUTSIDE, role], row, "foreign")
            except HmsError as error:
                refusal: HmsError | None = error
            else:
                refusal = None
                assert not [word for word in OF_THE_FIRST if word in repr(result)], where
            assert changed(before, stage.contents_of_the_first()) == set(), where
        if row.aim is not Aim.NOTHING and key not in NAMED_BY_ROLE:
            assert isinstance(refusal, NotFound | NotPermitted), f"{where}: {refusal!r}"


NAMED_BY_ROLE = {"staff.add_user"}  # aimed at a role, of which each hospital has its own


def test_a_doctor_without_a_reason_is_told_what_opens_the_record(stage: Stage) -> None:
    row = ROWS["patients.show"]
    with stage.without_traces():
        refusal = _refusal(lambda: knock(stage, stage.people[1, Role.DOCTOR], row, "other"))
    assert refusal is not None
    assert refusal.code == "patients.reason_needed"
