"""A row for each public use case: by which permission it is decided, and how to call it.

The key is ``feature.use_case``, with ``: variant`` behind it where one use case is
decided in several ways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from hms.features.displays import service as displays
from hms.features.displays.rules import Claim, Report, Token
from hms.features.kiosks import service as kiosks
from hms.features.kiosks.rules import Look, Take
from hms.features.patients import service as patients
from hms.features.patients.service import EditPatient, ImportRow, RegisterPatient
from hms.features.printing import service as printing
from hms.features.printing.rules import JobStatus
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.upkeep import service as upkeep
from hms.features.upkeep.queries import AuditFilter
from hms.infra.passwords import OneTimeSecret
from hms.kernel.actor import Role, Scope
from tests.permissions.stage import ALLERGY, REMARK, WHY, Place

EVERYBODY = ""  # decided by being signed in alone
SECRET = OneTimeSecret("one-time-canary-secret", "hash of the canary secret")
NEW = RegisterPatient(name="Somebody New", allergies=(ALLERGY,))


class Aim(Enum):
    """What a use case is aimed at, and so in which places it is tried."""

    NOTHING = ("own",)
    QUEUE = ("own", "other", "pool")
    PERSON = ("own", "other")
    USER = ("below", "above")


@dataclass(frozen=True)
class Row:
    """One use case: its permission, its arguments after work and actor, what it is aimed at."""

    use_case: Callable[..., Any]
    permission: str
    args: Callable[[Place], tuple[Any, ...]] = lambda _place: ()
    aim: Aim = Aim.NOTHING
    named: dict[str, Any] = field(default_factory=dict)
    looks: bool = False
    scopes: tuple[Scope, ...] = tuple(Scope)  # which of them suffice, where not all do

    def allowed(self, role: Role, scope: Scope | None, place: str) -> bool:
        """Return whether ``role``, which holds the permission in ``scope``, may do it there."""
        if scope is None or scope not in self.scopes:
            return False
        if self.aim is Aim.USER and role is Role.MANAGER:
            return place == "below"
        if scope is Scope.OWN:
            return place in ("own", "pool")
        if scope is Scope.ALLOWED:
            return place == "pool"  # the one with --desk-calls
        return True


def on_token(use_case: Callable[..., Any], permission: str, state: str, *more: Any) -> Row:
    """Return the row of a use case that takes a token in ``state``."""
    return Row(use_case, permission, lambda p: (p.queue.tokens[state], *more), Aim.QUEUE)


def on_queue(use_case: Callable[..., Any], permission: str, *more: Any, looks: bool = False) -> Row:
    """Return the row of a use case that takes a queue."""
    return Row(use_case, permission, lambda p: (p.queue.id, *more), Aim.QUEUE, looks=looks)


def on_user(use_case: Callable[..., Any], permission: str, *more: Any, looks: bool = False) -> Row:
    """Return the row of a use case that takes a user's name."""
    return Row(use_case, permission, lambda p: (p.user, *more), Aim.USER, looks=looks)


def plain(use_case: Callable[..., Any], permission: str, *args: Any, looks: bool = False) -> Row:
    """Return the row of a use case that is aimed at nothing that has an owner."""
    return Row(use_case, permission, lambda _place: args, looks=looks)


def _edited(place: Place) -> tuple[EditPatient]:
    said = RegisterPatient(name="Renamed", allergies=(ALLERGY,))
    return (EditPatient(mrn=place.patient, version=1, facts=said),)


_STAFF = {
    "sign_out": plain(staff.sign_out, "profile.own"),
    "who_am_i": plain(staff.who_am_i, "profile.own", looks=True),
    "list_own_sessions": plain(staff.list_own_sessions, "profile.own", looks=True),
    "end_other_sessions": plain(staff.end_other_sessions, "profile.own"),
    "second_factor_status": plain(staff.second_factor_status, "profile.own", looks=True),
    "list_sessions": plain(staff.list_sessions, "profile.own", looks=True),
    "list_sessions: of another": on_user(staff.list_sessions, "sessions.manage", looks=True),
    "end_sessions_of_user": on_user(staff.end_sessions_of_user, "sessions.manage"),
    "end_session": Row(staff.end_session, "sessions.manage", lambda p: (p.session,), Aim.USER),
    "take_second_factor": on_user(staff.take_second_factor, "users.reset"),
    "list_keys": plain(staff.list_keys, "keys.rotate", looks=True),
    "rotate_key": plain(staff.rotate_key, "keys.rotate"),
    "drop_ended_key": plain(staff.drop_ended_key, "keys.rotate"),
    "doctor_status": Row(
        staff.doctor_status, "doctors.status", lambda p: (p.doctor, "busy"), Aim.PERSON
    ),
    "list_doctors": plain(staff.list_doctors, "doctors.see", looks=True),
    "set_doctor": Row(
        staff.set_doctor,
        "doctors.define",
        lambda p: (staff.SetDoctor(p.doctor, speciality="Hearts"),),
        Aim.PERSON,
    ),
    "list_rooms": plain(staff.list_rooms, "places.see", looks=True),
    "list_departments": plain(staff.list_departments, "places.see", looks=True),
    "find_room": plain(staff.find_room, "places.see", "Any", looks=True),
    "ensure_room": plain(staff.ensure_room, "places.see", "Any"),
    "add_room": plain(staff.add_room, "places.define", "Attic"),
    "rename_room": plain(staff.rename_room, "places.define", "Any", "Cellar"),
    "add_department": plain(staff.add_department, "places.define", "Surgery"),
    "ensure_department": plain(staff.ensure_department, "places.define", "Surgery"),
    "add_user": Row(
        staff.add_user,
        "users.manage",
        lambda p: (staff.AddUser("petra", p.role), SECRET),
        Aim.USER,
    ),
    "disable_user": on_user(staff.disable_user, "users.manage"),
    "enable_user": on_user(staff.enable_user, "users.manage"),
    "set_role": Row(staff.set_role, "users.manage", lambda p: (p.user, "nurse"), Aim.USER),
    "reset_user": on_user(staff.reset_user, "users.reset", SECRET),
    "unlock_user": on_user(staff.unlock_user, "users.reset"),
    "show_user": Row(staff.show_user, "users.see", lambda p: (p.user,), looks=True),
    "list_users": plain(staff.list_users, "users.see", looks=True),
    "list_hospitals": plain(staff.list_hospitals, "hospitals.see", looks=True),
    "add_hospital": plain(
        staff.add_hospital, "hospitals.define", staff.AddHospital("north", "North")
    ),
    "rename_hospital": plain(staff.rename_hospital, "hospitals.define", "Other"),
    "who_is_here": plain(staff.who_is_here, "users.see", looks=True),
}
_PATIENTS = {
    "register": Row(
        patients.register, "patients.register", lambda _p: (NEW,), named={"allow_duplicate": True}
    ),
    "register_unknown": plain(patients.register_unknown, "patients.register", "female"),
    "find_duplicates": plain(patients.find_duplicates, "patients.register", NEW, looks=True),
    "edit": Row(patients.edit, "patients.edit", _edited, Aim.PERSON),
    "patient_privacy": Row(
        patients.patient_privacy, "patients.edit", lambda p: (p.patient,), Aim.PERSON, looks=True
    ),
    "patient_privacy: changed": Row(
        patients.patient_privacy, "patients.edit", lambda p: (p.patient, "initials"), Aim.PERSON
    ),
    "archive": Row(patients.archive, "patients.archive", lambda p: (p.archived,), Aim.PERSON),
    "unarchive": Row(patients.unarchive, "patients.archive", lambda p: (p.archived,), Aim.PERSON),
    "import_rows": plain(patients.import_rows, "patients.import", [ImportRow(1, NEW, "csv", "17")]),
    "check_rows": plain(
        patients.check_rows, "patients.import", [ImportRow(1, NEW, "csv", "17")], looks=True
    ),
    "search": plain(patients.search, "patients.search", "canary", looks=True),
    "show": Row(patients.show, "patients.search", lambda p: (p.patient,), Aim.PERSON),
    "show: with a reason": Row(patients.show, "patients.search", lambda p: (p.patient, WHY)),
    "list_accesses": plain(patients.list_accesses, "accesses.see", looks=True),
    "acknowledge_access": plain(patients.acknowledge_access, "accesses.acknowledge", 1),
}
_CALL, _CANCEL = "tokens.call", "tokens.cancel"
_TOKENS = {
    "issue": Row(
        tokens.issue, "tokens.issue", lambda p: (tokens.IssueToken(p.queue.id),), Aim.QUEUE
    ),
    "attach_patient": Row(
        tokens.attach_patient,
        "tokens.issue",
        lambda p: (p.queue.tokens["unnamed"], p.free),
        Aim.QUEUE,
    ),
    "transfer": Row(
        tokens.transfer,
        "tokens.transfer",
        lambda p: (p.queue.tokens["waiting"], "XR", REMARK),
        Aim.QUEUE,
    ),
    "cancel": on_token(tokens.cancel, _CANCEL, "waiting", REMARK),
    "leave": on_token(tokens.leave, _CANCEL, "waiting"),
    "call": Row(
        tokens.call,
        _CALL,
        lambda p: (p.queue.tokens["waiting"],),
        Aim.QUEUE,
        {"room": "Free", "reason": REMARK},
    ),
    "call_next": Row(
        tokens.call_next, _CALL, lambda p: (p.queue.id,), Aim.QUEUE, {"room": "Free"}
    ),
    "recall": on_token(tokens.recall, "tokens.recall", "called"),
    "start": on_token(tokens.start, _CALL, "called"),
    "complete": on_token(tokens.complete, _CALL, "in_progress"),
    "hold": on_token(tokens.hold, _CALL, "called", REMARK),
    "resume": on_token(tokens.resume, _CALL, "on_hold"),
    "put_back": on_token(tokens.put_back, _CALL, "called"),
    "no_show": on_token(tokens.no_show, _CALL, "called"),
    "rejoin": on_token(tokens.rejoin, _CALL, "no_show"),
    "reprint": on_token(tokens.reprint, "printing.slips", "called"),
    "reserve_paper": Row(
        tokens.reserve_paper, "tokens.issue", lambda p: (tokens.ReservePaper(p.queue.id),),
        Aim.QUEUE,
    ),
    "enter_paper": Row(
        tokens.enter_paper, "tokens.issue", lambda p: (tokens.EnterPaper(p.paper, "08:30"),)
    ),
    "queue_privacy": on_queue(tokens.queue_privacy, "queues.define", looks=True),
    "queue_privacy: changed": on_queue(tokens.queue_privacy, "queues.define", "initials"),
    "undo: of an issue": on_token(tokens.undo, "tokens.issue", "issued"),
    "undo: of a call": on_token(tokens.undo, _CALL, "called"),
    "show_token": Row(
        tokens.show_token, "tokens.see", lambda p: (p.queue.tokens["called"],), Aim.QUEUE,
        looks=True,
    ),
    "why": Row(
        tokens.why, "tokens.see", lambda p: (p.queue.tokens["called"],), Aim.QUEUE, looks=True
    ),
    "queue_desk": on_queue(tokens.queue_desk, "tokens.see", looks=True),
    "list_tokens": plain(tokens.list_tokens, "tokens.see", looks=True),
    "newest_tokens": plain(tokens.newest_tokens, "tokens.see", looks=True),
    "patient_tokens_today": Row(
        tokens.patient_tokens_today, "tokens.see", lambda p: (p.patient_id,), looks=True
    ),
    "open_tokens": Row(
        tokens.open_tokens, "tokens.see", lambda p: ([p.patient_id],), looks=True
    ),
    "list_queues": plain(tokens.list_queues, "queues.see", looks=True),
    "my_queues": plain(tokens.my_queues, "queues.see", looks=True),
    "add_queue": plain(tokens.add_queue, "queues.define", tokens.AddQueue("NEW", "New")),
    "edit_queue": on_queue(tokens.edit_queue, "queues.define", tokens.EditQueue(name="Other")),
    "close_queue": plain(tokens.close_queue, "queues.define", "XR"),
    "pause_queue": on_queue(tokens.pause_queue, "queues.pause", "ward round"),
    "open_queue": on_queue(tokens.open_queue, "queues.pause"),
    "may_define_queues": plain(tokens.may_define_queues, "queues.define", looks=True),
    "close_day": plain(tokens.close_day, "queues.define"),
    "close_past_days": plain(tokens.close_past_days, "queues.define"),
    "confirm_clock": plain(tokens.confirm_clock, "queues.define"),
}  # fmt: skip
_DISPLAYS = {
    "add_notice": plain(displays.add_notice, "notices.write", displays.AddNotice("Closed today")),
    "remove_notice": Row(displays.remove_notice, "notices.write", lambda p: (p.notice,)),
    "remove_old_notices": plain(displays.remove_old_notices, "notices.write"),
    "list_notices": plain(displays.list_notices, "notices.see", looks=True),
    "list_screens": plain(displays.list_screens, "displays.see", looks=True),
    "call_answers": Row(
        displays.call_answers,
        "displays.see",
        lambda p: (p.queue.tokens["called"],),
        looks=True,
    ),
    "pair_screen": plain(displays.pair_screen, "displays.manage", displays.PairScreen("hall-b")),
    "revoke_screen": plain(displays.revoke_screen, "displays.manage", "hall-a"),
    "reload_screen": plain(displays.reload_screen, "displays.manage", "hall-a"),
    "reload_every_screen": plain(displays.reload_every_screen, "displays.manage"),
    "identify_screen": plain(displays.identify_screen, "displays.manage", "hall-a"),
    "claim_pairing": plain(displays.claim_pairing, "displays.report", Claim("no such code")),
    "take_reports": plain(
        displays.take_reports, "displays.report", [Report("hall-a", None, "", 1, "ok")]
    ),
    "listener": plain(displays.listener, "displays.report", Token("no token"), looks=True),
    "forget_old_reports": plain(displays.forget_old_reports, "displays.report"),
}
_KIOSKS = {
    "list_kiosks": plain(kiosks.list_kiosks, "kiosks.see", looks=True),
    "lock_kiosk": plain(kiosks.lock_kiosk, "kiosks.lock", "kiosk-a"),
    "unlock_kiosk": plain(kiosks.unlock_kiosk, "kiosks.lock", "kiosk-a"),
    "pair_kiosk": plain(kiosks.pair_kiosk, "kiosks.manage", "kiosk-b"),
    "revoke_kiosk": plain(kiosks.revoke_kiosk, "kiosks.manage", "kiosk-a"),
    "menu": Row(kiosks.menu, "kiosks.serve", lambda p: (Look(p.kiosk),), looks=True),
    "take_number": Row(
        kiosks.take_number, "kiosks.serve", lambda p: (Take(p.kiosk, "0" * 32, p.queue.code),)
    ),
}
_PRINTING = {
    "request": plain(printing.request, "printing.slips", printing.What("token", 4711, "slip")),
    "reprint": plain(printing.reprint, "printing.slips", printing.What("token", 4711, "slip")),
    "list_jobs": plain(printing.list_jobs, "printing.see", looks=True),
    "printer_sentence": plain(printing.printer_sentence, "printing.see", looks=True),
    "require_printer": plain(printing.require_printer, "printing.slips", looks=True),
    "retry": Row(printing.retry, "printing.settle", lambda p: (p.job.id,)),
    "came_out": Row(printing.came_out, "printing.settle", lambda p: (p.job.id,)),
    "hold": Row(printing.hold, "printing.drive", lambda p: (p.job, "worker", 30.0)),
    "claim": plain(printing.claim, "printing.drive", "", "worker", 30.0),
    "settle": Row(
        printing.settle, "printing.drive", lambda p: (p.job, "worker", JobStatus.PRINTED)
    ),
}
_UPKEEP = {
    "show_audit": plain(upkeep.show_audit, "audit.read", AuditFilter()),
    "show_audit: of a patient": Row(
        upkeep.show_audit, "audit.read", lambda p: (AuditFilter(kind="patient", object_id=1),),
        scopes=(Scope.HOSPITAL,),
    ),
    "verify_audit": plain(upkeep.verify_audit, "audit.read", looks=True),
    "may_back_up": plain(upkeep.may_back_up, "backup.make", looks=True),
    "before_copy": plain(upkeep.before_copy, "backup.make", looks=True),
    "record_backup": plain(upkeep.record_backup, "backup.make", "file", 1, 1),
    "watch_over": plain(upkeep.watch_over, "backup.make", looks=True),
    "check_database": plain(upkeep.check_database, "backup.make", (), looks=True),
}  # fmt: skip

ROWS: dict[str, Row] = {
    f"{feature}.{name}": row
    for feature, rows in (
        ("staff", _STAFF),
        ("patients", _PATIENTS),
        ("tokens", _TOKENS),
        ("displays", _DISPLAYS),
        ("kiosks", _KIOSKS),
        ("printing", _PRINTING),
        ("upkeep", _UPKEEP),
    )
    for name, row in rows.items()
}
