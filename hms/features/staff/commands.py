"""Staff commands: ``user``, ``doctor``, ``room``, ``department`` and ``hospital``."""

from __future__ import annotations

from typing import Annotated

import typer

from hms.kit.commands import changes, group, looks, run
from hms.kit.output import show_record, show_rows

user = group("Users and their roles.")
doctor = group("Doctors.")
room = group("Rooms.")
department = group("Departments.")
hospital = group("The hospitals of a chain.")

Name = Annotated[str, typer.Argument(help="Login name.")]


@changes(user, "add")
def add_user(
    name: Name,
    role: Annotated[str, typer.Option(help="admin, manager, receptionist, nurse, doctor, …")],
    full_name: Annotated[str, typer.Option(help="The name people know them by.")] = "",
) -> None:
    """Add a user; prints the one-time secret they sign in with first."""
    from hms.features.staff import service
    from hms.infra.passwords import one_time_secret

    command = service.AddUser(name=name, role=role, full_name=full_name)
    show_record(run(lambda app, who: app.do_now(who, service.add_user, command, one_time_secret())))


@looks(user, "list")
def list_users() -> None:
    """List all users."""
    from hms.features.staff import service

    users = run(lambda app, who: app.ask_now(who, service.list_users))
    show_rows(
        users,
        {
            "name": "name",
            "full name": "full_name",
            "role": "role",
            "active": "active",
            "new password due": "must_change",
            "second factor": "second_factor",
        },
    )


@changes(user, "disable")
def disable_user(name: Name) -> None:
    """Let a user in no more, from this moment on."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.disable_user, name)))


@changes(user, "enable")
def enable_user(name: Name) -> None:
    """Let a disabled user in again."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.enable_user, name)))


@changes(user, "reset")
def reset_user(name: Name) -> None:
    """Give a user a new one-time secret; ends their sessions."""
    from hms.features.staff import service
    from hms.infra.passwords import one_time_secret

    show_record(run(lambda app, who: app.do_now(who, service.reset_user, name, one_time_secret())))


@changes(user, "unlock")
def unlock_user(name: Name) -> None:
    """Forgive a user's failed sign-ins."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.unlock_user, name)))


@changes(user, "role")
def set_role(name: Name, role: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give a user another role; it holds at once."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.set_role, name, role)))


@changes(doctor, "set")
def set_doctor(
    name: Name,
    speciality: Annotated[str | None, typer.Option(help="What they treat.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence number, unique.")] = None,
    room: Annotated[str | None, typer.Option(help="Their room; made when missing.")] = None,
    department: Annotated[str | None, typer.Option(help="Made when missing.")] = None,
) -> None:
    """Set what is given; an empty text clears it."""
    from hms.features.staff import service

    command = service.SetDoctor(
        name=name, speciality=speciality, licence=licence, room=room, department=department
    )
    show_record(run(lambda app, who: app.do_now(who, service.set_doctor, command)))


@changes(doctor, "status")
def doctor_status(
    name: Name,
    status: Annotated[str, typer.Argument(help="online, busy, paused or offline.")],
    reason: Annotated[str, typer.Option(help="Why, mostly with a pause.")] = "",
) -> None:
    """Say whether a doctor is at work."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.doctor_status, name, status, reason)))


@looks(doctor, "list")
def list_doctors() -> None:
    """List the doctors who may work here now."""
    from hms.features.staff import service

    doctors = run(lambda app, who: app.ask_now(who, service.list_doctors))
    show_rows(
        doctors,
        {
            "name": "name",
            "full name": "full_name",
            "speciality": "speciality",
            "licence": "licence",
            "room": "room",
            "department": "department",
            "status": "status",
            "reason": "status_reason",
        },
    )


@looks(room, "list")
def list_rooms() -> None:
    """List all rooms."""
    from hms.features.staff import service

    show_rows(run(lambda app, who: app.ask_now(who, service.list_rooms)), {"room": "name"})


@changes(room, "add")
def add_room(name: Annotated[str, typer.Argument(help="Name of the room.")]) -> None:
    """Add a room."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.add_room, name)))


@changes(room, "rename")
def rename_room(
    name: Annotated[str, typer.Argument(help="Name of the room.")],
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
) -> None:
    """Rename a room."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.rename_room, name, new_name)))


@looks(department, "list")
def list_departments() -> None:
    """List all departments."""
    from hms.features.staff import service

    departments = run(lambda app, who: app.ask_now(who, service.list_departments))
    show_rows(departments, {"department": "name"})


@changes(department, "add")
def add_department(name: Annotated[str, typer.Argument(help="Name of the department.")]) -> None:
    """Add a department."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.add_department, name)))


@looks(hospital, "list")
def list_hospitals() -> None:
    """List the hospitals of this installation; a manager sees the own one."""
    from hms.features.staff import service

    show_rows(
        run(lambda app, who: app.ask_now(who, service.list_hospitals)),
        {"code": "code", "name": "name", "people": "people", "here": "here"},
    )


@changes(hospital, "add")
def add_hospital(
    code: Annotated[str, typer.Argument(help="Its code, for [hospital] code at its desks.")],
    name: Annotated[str, typer.Option(help="The name people know it by.")],
) -> None:
    """Add a hospital; its desks and walls name it in [hospital] code."""
    from hms.features.staff import service

    command = service.AddHospital(code, name)
    show_record(run(lambda app, who: app.do_now(who, service.add_hospital, command)))


@changes(hospital, "rename")
def rename_hospital(
    name: Annotated[str, typer.Argument(help="Its new name.")],
) -> None:
    """Give the hospital of this desk another name in the list; its code stays."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.rename_hospital, name)))
