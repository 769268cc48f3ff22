"""Users: who may add, disable and reset whom, and what stays whatever happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from hms.bootstrap import Application, wire
from hms.features.staff import service
from hms.features.staff.queries import views
from hms.infra.passwords import OneTimeSecret, WeakPassword
from hms.infra.sessions import SignedIn
from hms.infra.settings import Settings
from hms.infra.tables import Audit, Outbox, table_of
from hms.kernel.actor import Role
from hms.kernel.errors import InvalidInput, NotPermitted

PASSWORD = "green tractor over the hill"
Hire = Callable[..., SignedIn]


def add(
    app: Application,
    who: SignedIn,
    secret: OneTimeSecret,
    name: str,
    role: str,
    full_name: str = "",
) -> service.NewSecret:
    command = service.AddUser(name=name, role=role, full_name=full_name)
    return app.do_now(who, service.add_user, command, secret)


def test_an_added_user_gets_a_one_time_secret_that_nobody_chose(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    added = add(app, root, hire_secret, "Asha", "nurse", "Asha Rao")
    assert added.as_json()["one_time_secret"] == hire_secret.text
    assert (added.user.name, added.user.full_name, added.user.must_change) == (
        "asha",
        "Asha Rao",
        True,
    )


def test_the_role_of_a_doctor_makes_the_doctor(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    add(app, root, hire_secret, "rao", "doctor", "Dr Rao")
    add(app, root, hire_secret, "asha", "nurse")
    app.do_now(root, service.set_role, "asha", "doctor")
    assert [d.name for d in app.ask_now(root, service.list_doctors)] == ["asha", "rao"]


def test_a_login_name_is_given_once_whatever_its_case(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    add(app, root, hire_secret, "asha", "nurse")
    with pytest.raises(service.NameTaken):
        add(app, root, hire_secret, "ASHA", "doctor")


@pytest.mark.parametrize(
    ("name", "role", "full_name", "field"),
    [
        ("", "nurse", "", "name"),
        ("a b", "nurse", "", "name"),
        ("asha", "boss", "", "role"),
        ("asha", "", "", "role"),
        ("asha", "nurse", "\x1b[31m", "full name"),
        ("asha", "nurse", "a\u202eb", "full name"),
        ("asha", "nurse", "x" * 10_000, "full name"),
        ("asha", "nurse", "\ud800", "full name"),
    ],
)
def test_bad_input_is_refused_by_field_and_leaves_nothing(
    app: Application,
    root: SignedIn,
    hire_secret: OneTimeSecret,
    name: str,
    role: str,
    full_name: str,
    field: str,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(app, root, hire_secret, name, role, full_name)
    assert refused.value.field == field
    assert [user.name for user in app.ask_now(root, service.list_users)] == ["root"]


@pytest.mark.parametrize("full_name", ["[/bold]", "<script>", "' OR 1=1", "Zoë 🩺", "आशा राव"])
def test_names_that_only_look_dangerous_are_names(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret, full_name: str
) -> None:
    assert add(app, root, hire_secret, "asha", "nurse", full_name).user.full_name == full_name


def test_a_manager_manages_staff_but_no_manager_and_no_administrator(
    app: Application, hire: Hire, hire_secret: OneTimeSecret
) -> None:
    manager = hire("maya", "manager")
    hire("mona", "manager")
    add(app, manager, hire_secret, "nita", "nurse")
    app.do_now(manager, service.disable_user, "nita")
    app.do_now(manager, service.enable_user, "nita")
    app.do_now(manager, service.reset_user, "nita", hire_secret)
    app.do_now(manager, service.unlock_user, "nita")
    refused: list[Callable[[], object]] = [
        lambda: add(app, manager, hire_secret, "new", "admin"),
        lambda: add(app, manager, hire_secret, "new", "manager"),
        lambda: app.do_now(manager, service.set_role, "nita", "manager"),
        lambda: app.do_now(manager, service.set_role, "mona", "nurse"),
        lambda: app.do_now(manager, service.disable_user, "root"),
        lambda: app.do_now(manager, service.enable_user, "mona"),
        lambda: app.do_now(manager, service.reset_user, "mona", hire_secret),
        lambda: app.do_now(manager, service.unlock_user, "root"),
    ]
    for attempt in refused:
        with pytest.raises(NotPermitted):
            attempt()


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in (Role.ADMIN, Role.MANAGER, Role.SERVICE)]
)
def test_no_other_role_touches_or_sees_users(
    app: Application, hire: Hire, hire_secret: OneTimeSecret, role: Role
) -> None:
    who = hire("asha", role.value)
    for attempt in (
        lambda: add(app, who, hire_secret, "new", "nurse"),
        lambda: app.ask_now(who, service.list_users),
        lambda: app.ask_now(who, service.show_user, "root"),
        lambda: app.do_now(who, service.disable_user, "root"),
        lambda: app.do_now(who, service.enable_user, "root"),
        lambda: app.do_now(who, service.set_role, "asha", "admin"),
        lambda: app.do_now(who, service.reset_user, "root", hire_secret),
        lambda: app.do_now(who, service.unlock_user, "asha"),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_there_is_always_an_administrator(app: Application, root: SignedIn, hire: Hire) -> None:
    with pytest.raises(service.NotYourself):
        app.do_now(root, service.disable_user, "root")
    with pytest.raises(service.LastAdministrator):
        app.do_now(root, service.set_role, "root", "nurse")
    second = hire("asha", "admin")
    app.do_now(second, service.disable_user, "root")
    with pytest.raises(service.LastAdministrator):
        app.do_now(second, service.set_role, "asha", "nurse")


def test_an_enabled_user_signs_in_with_the_password_they_had(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("asha", "nurse")
    app.do_now(root, service.disable_user, "asha")
    assert app.do_now(root, service.enable_user, "asha").active
    assert service.sign_in_now(app.db, "asha", PASSWORD, "desk-1").name == "asha"


def test_a_doctor_who_is_disabled_goes_offline_and_off_the_list(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("rao", "doctor")
    app.do_now(root, service.set_role, "root", "admin")
    app.do_now(app.as_service("demo"), service.doctor_status, "rao", "online")
    app.do_now(root, service.disable_user, "rao")
    assert app.ask_now(root, service.list_doctors) == []
    doctor = app.db.read_now(lambda work: views.doctor_by_name(work.db, "rao"))
    assert doctor is not None
    assert doctor.status == "offline"


def test_somebody_who_is_not_there_is_not_found(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    with pytest.raises(service.UserUnknown):
        app.do_now(root, service.disable_user, "nobody")
    with pytest.raises(service.UserUnknown):
        app.do_now(root, service.reset_user, "nobody", hire_secret)


def test_each_change_is_audited_and_told_to_the_other_desks_without_secret_or_name(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    audit, outbox = table_of(Audit), table_of(Outbox)
    add(app, root, hire_secret, "asha", "nurse", "Asha Rao")
    app.do_now(root, service.set_role, "asha", "doctor")
    app.do_now(root, service.reset_user, "asha", hire_secret)
    app.do_now(root, service.disable_user, "asha")
    app.do_now(root, service.enable_user, "asha")
    app.do_now(root, service.unlock_user, "asha")
    rows = app.db.read_now(
        lambda work: work.db.execute(
            select(audit).where(audit.c.object_id == 2, audit.c.kind == "user_account")
        ).all()
    )
    actions = [row.action.partition(".")[2] for row in rows]
    assert actions == ["add", "role", "reset", "disable", "enable", "unlock"]
    assert {(row.user_id, row.actor, row.role, row.terminal) for row in rows} == {
        (1, "root", "admin", "desk-1")
    }
    for secret in (hire_secret.text, hire_secret.hash):
        assert secret not in str(rows)
    events = app.db.read_now(lambda work: work.db.execute(select(outbox)).all())
    assert {row.kind for row in events} >= {"UserChanged", "DoctorChanged"}
    assert "asha" not in str(events).lower()


def test_the_first_administrator_is_made_once(settings: Settings, app: Application) -> None:
    assert service.ensure_first_admin_now(app.db, "second") is None
    users = app.db.read_now(lambda work: views.users(work.db, 1))
    assert [(user.name, user.role) for user in users] == [("root", Role.ADMIN)]


def test_a_first_administrator_without_a_password_gets_a_one_time_secret(
    settings: Settings, watch: object
) -> None:
    fresh = wire(settings, create=True)
    try:
        with pytest.raises(WeakPassword):
            service.ensure_first_admin_now(fresh.db, "root", "too short")
        made = service.ensure_first_admin_now(fresh.db, "root")
        assert made is not None
        assert made.one_time_secret
        assert made.user.must_change
        audits = select(func.count()).select_from(table_of(Audit))
        assert fresh.db.read_now(lambda work: work.db.execute(audits).scalar_one()) == 1
    finally:
        fresh.close_now()
