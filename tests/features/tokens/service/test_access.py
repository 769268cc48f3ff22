"""Who may do what with tokens and queues: the matrix of trust.md 4, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hms.features.tokens import service as tokens
from hms.kernel.actor import Role
from hms.kernel.errors import NotPermitted
from tests.support import ROLES, Hospital

OWN, POOL, OTHER = "GM", "LAB", "ENT"  # as doctor dora sees them; LAB lets the front desk call
EVERYWHERE = {OWN, POOL, OTHER}
Use = Callable[[Hospital, str, str], Any]


def on_token(use_case: Callable[..., Any], *before: Callable[..., Any]) -> Use:
    """Do it with a token that came to its state by ``before``."""

    def use(hospital: Hospital, who: str, queue: str) -> Any:
        token = hospital.issue(queue).id
        for step in before:
            hospital.do("tests", step, token)
        return hospital.do(who, use_case, token)

    return use


def send_on(work: Any, actor: Any, ref: Any) -> Any:
    to = {"GM": "ENT", "ENT": "LAB", "LAB": "GM"}[tokens_queue(work, ref)]
    return tokens.transfer(work, actor, ref, to)


def tokens_queue(work: Any, ref: int) -> str:
    from hms.features.tokens.queries import token_by_id

    found = token_by_id(work.db, ref)
    assert found is not None
    return found.queue


def call_next(hospital: Hospital, who: str, queue: str) -> Any:
    hospital.issue(queue)
    return hospital.called(queue, who)


def attach(hospital: Hospital, who: str, queue: str) -> Any:
    patient = hospital.patient().mrn
    return hospital.do(who, tokens.attach_patient, hospital.issue(queue).id, patient)


def look(use_case: Callable[..., Any]) -> Use:
    return lambda hospital, who, queue: hospital.ask(who, use_case, hospital.issue(queue).id)


CALLING = {"nurse": EVERYWHERE, "doctor": {OWN, POOL}, "receptionist": {POOL}}
FRONT = dict.fromkeys(("manager", "receptionist", "nurse"), EVERYWHERE)
SEEING = {**FRONT, "admin": EVERYWHERE, "doctor": {OWN, POOL}}
HEADS = dict.fromkeys(("admin", "manager"), EVERYWHERE)
EVERYBODY = dict.fromkeys(
    ("admin", "manager", "receptionist", "nurse", "doctor", "blood_bank"), EVERYWHERE
)

MATRIX: dict[str, tuple[Use, dict[str, set[str]]]] = {
    "issue": (lambda h, who, q: h.do(who, tokens.issue, tokens.IssueToken(q)), FRONT),
    "attach": (attach, FRONT),
    "cancel": (on_token(tokens.cancel), FRONT),
    "leave": (on_token(tokens.leave), FRONT),
    "transfer": (on_token(send_on), {**FRONT, "doctor": {OWN, POOL}}),
    "recall": (on_token(tokens.recall, tokens.call), {**FRONT, "doctor": {OWN, POOL}}),
    "call next": (call_next, CALLING),
    "call": (on_token(tokens.call), CALLING),
    "start": (on_token(tokens.start, tokens.call), CALLING),
    "complete": (on_token(tokens.complete, tokens.call), CALLING),
    "hold": (on_token(tokens.hold, tokens.call), CALLING),
    "resume": (on_token(tokens.resume, tokens.call, tokens.hold), CALLING),
    "put back": (on_token(tokens.put_back, tokens.call), CALLING),
    "no-show": (on_token(tokens.no_show, tokens.call), CALLING),
    "rejoin": (on_token(tokens.rejoin, tokens.call, tokens.no_show), CALLING),
    "show": (look(tokens.show_token), SEEING),
    "why": (look(tokens.why), SEEING),
    "desk": (lambda h, who, q: h.ask(who, tokens.queue_desk, q), SEEING),
    "queues": (lambda h, who, q: h.ask(who, tokens.list_queues), EVERYBODY),
    "pause": (
        lambda h, who, q: h.do(who, tokens.pause_queue, q),
        {**HEADS, "doctor": {OWN, POOL}},
    ),
    "open": (
        lambda h, who, q: h.do(who, tokens.open_queue, q),
        {**HEADS, "doctor": {OWN, POOL}},
    ),
    "edit": (lambda h, who, q: h.do(who, tokens.edit_queue, q, tokens.EditQueue()), HEADS),
    "close queue": (lambda h, who, q: h.do(who, tokens.close_queue, q), HEADS),
    "close day": (lambda h, who, q: h.do(who, tokens.close_day), HEADS),
    "confirm clock": (lambda h, who, q: h.do(who, tokens.confirm_clock), HEADS),
}
PEOPLE = [who for who in ROLES if who != "deng"]


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("who", PEOPLE)
def test_each_role_may_do_what_the_matrix_says_and_nothing_else(
    hospital: Hospital, name: str, who: str
) -> None:
    use, allowed = MATRIX[name]
    role: Role = ROLES[who]
    for queue in (OWN, POOL, OTHER):
        if queue in allowed.get(role.value, ()):
            use(hospital, who, queue)
            hospital.do("tests", tokens.close_day)  # the rooms are free for the next
            continue
        with pytest.raises(NotPermitted):
            use(hospital, who, queue)
        hospital.do("tests", tokens.close_day)


def test_a_denied_deed_changes_no_token(hospital: Hospital) -> None:
    hospital.issue()
    before = hospital.rows("SELECT * FROM token")
    with pytest.raises(NotPermitted, match="another doctor's queue"):
        hospital.do("deng", tokens.call, "GM-001")
    assert hospital.rows("SELECT * FROM token") == before
