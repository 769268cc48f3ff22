"""What the desk's menu offers for a token, by its state and by who asks."""

from __future__ import annotations

from hms.features.tokens import service
from hms.features.tokens.screens.acts import acts_for
from tests.support import Hospital


def offered(hospital: Hospital, token_id: int, who: str, callable_ids: set[int]) -> list[str]:
    """Return the names of the acts offered."""
    token = hospital.token(token_id)
    may = hospital.actor(who).may
    return [act.name for act in acts_for(token, may, callable_ids)]


def test_the_front_desk_gives_up_and_sends_on_what_waits(hospital: Hospital) -> None:
    """It calls only for queues that let it."""
    token = hospital.issue("LAB")
    assert offered(hospital, token.id, "rosa", set()) == ["transfer", "left", "cancel"]
    assert offered(hospital, token.id, "rosa", {token.queue_id})[0] == "call"


def test_a_called_token_can_be_called_again(hospital: Hospital) -> None:
    """By everybody at the front; the rest of the call's verbs need the queue."""
    hospital.issue("LAB")
    called = hospital.called("LAB")
    assert offered(hospital, called.id, "rosa", set()) == ["recall", "transfer", "left", "cancel"]
    assert set(offered(hospital, called.id, "nils", {called.queue_id})) > {"start", "no_show"}


def test_a_missed_token_rejoins_and_a_finished_one_rests(hospital: Hospital) -> None:
    """Nothing is offered that the rules would refuse."""
    hospital.issue("LAB")
    called = hospital.called("LAB")
    hospital.do("nils", service.no_show, called.id)
    queue = {called.queue_id}
    assert offered(hospital, called.id, "nils", queue) == ["rejoin", "left", "cancel"]
    hospital.do("rosa", service.cancel, called.id)
    assert offered(hospital, called.id, "nils", queue) == []


def test_who_may_do_nothing_is_offered_nothing(hospital: Hospital) -> None:
    """An administrator sees tokens without acting on them."""
    token = hospital.issue("LAB")
    assert offered(hospital, token.id, "ada", {token.queue_id}) == []
