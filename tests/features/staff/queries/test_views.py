"""What other rooms read of staff."""

from __future__ import annotations

from collections.abc import Callable

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.queries import views
from hms.infra.sessions import SignedIn

Hire = Callable[..., SignedIn]


def test_doctors_are_listed_by_the_name_people_know(app: Application, root: SignedIn) -> None:
    boot = app.as_service("demo")
    from hms.infra.passwords import OneTimeSecret

    for login, full in (("zed", "Dr Asha"), ("abe", "Dr Zubin")):
        command = service.AddUser(login, "doctor", full)
        app.do_now(boot, service.add_user, command, OneTimeSecret("x", "y"))
    shown = app.db.read_now(lambda work: views.doctors(work.db, 1))
    assert [(doctor.name, doctor.shown_name) for doctor in shown] == [
        ("zed", "Dr Asha"),
        ("abe", "Dr Zubin"),
    ]


def test_a_user_is_found_in_any_case_and_nobody_is_nobody(app: Application, hire: Hire) -> None:
    hire("asha", "nurse")
    found = app.db.read_now(lambda work: views.user_by_name(work.db, "ASHA"))
    assert found is not None
    assert found.name == "asha"
    assert app.db.read_now(lambda work: views.user_by_name(work.db, "nobody")) is None
    assert app.db.read_now(lambda work: views.doctor_by_name(work.db, "asha")) is None
    assert app.db.read_now(lambda work: views.doctor_by_id(work.db, 99)) is None


def test_views_print_themselves_with_times_in_utc(app: Application, hire: Hire) -> None:
    hire("rao", "doctor")
    doctor = app.db.read_now(lambda work: views.doctor_by_name(work.db, "rao"))
    user = app.db.read_now(lambda work: views.user_by_name(work.db, "rao"))
    assert doctor is not None
    assert user is not None
    assert doctor.as_json()["status_since"].endswith("Z")
    assert user.as_json()["role"] == "doctor"
    assert "password_hash" not in user.as_json()
