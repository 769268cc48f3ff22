"""What each desk gets to see of tokens and queues."""

from __future__ import annotations

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.errors import TokenNotFound
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital


class TestList:
    def test_is_of_the_day_in_the_order_of_issue(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(days=1)
        hospital.issue("ENT"), hospital.issue("GM", token_class="emergency")
        codes = [t.code for t in hospital.ask("rosa", tokens.list_tokens)]
        assert codes == ["ENT-001", "GM-001"]

    def test_can_be_of_one_queue_or_one_state_or_the_first_few(self, hospital: Hospital) -> None:
        for queue in ("GM", "ENT", "GM"):
            hospital.issue(queue)
        hospital.called("GM")
        assert len(hospital.ask("rosa", tokens.list_tokens, queue="gm")) == 2
        [called] = hospital.ask("rosa", tokens.list_tokens, status="Called")
        assert called.code == "GM-001"
        assert len(hospital.ask("rosa", tokens.list_tokens, limit=1)) == 1
        assert hospital.ask("rosa", tokens.list_tokens, status="in-progress") == []

    def test_is_of_a_doctors_own_queues_and_the_common_ones(self, hospital: Hospital) -> None:
        for queue in ("ENT", "GM", "LAB"):
            hospital.issue(queue)
        seen = hospital.ask("dora", tokens.list_tokens)
        assert [t.queue for t in seen] == ["GM", "LAB"]
        [first] = hospital.ask("dora", tokens.list_tokens, limit=1)
        assert first.queue == "GM"
        with pytest.raises(NotPermitted):
            hospital.ask("dora", tokens.list_tokens, queue="ENT")

    def test_shows_an_administrator_no_patient(self, hospital: Hospital) -> None:
        hospital.issue(patient=hospital.patient("Ann").mrn)
        [seen] = hospital.ask("ada", tokens.list_tokens)
        assert (seen.patient_id, seen.mrn, seen.patient_name) == (None, None, None)
        assert hospital.ask("ada", tokens.show_token, "GM-001").mrn is None
        assert hospital.ask("ada", tokens.queue_desk, "GM").waiting[0].mrn is None
        assert hospital.ask("ada", tokens.newest_tokens)[0].mrn is None

    @pytest.mark.parametrize(
        ("field", "asked"),
        [
            ("status", {"status": "sleeping"}),
            ("limit", {"limit": 0}),
            ("limit", {"limit": 10**30}),
            ("queue", {"queue": "' OR 1=1 --"}),
        ],
    )
    def test_what_cannot_be_asked_is_refused(
        self, hospital: Hospital, field: str, asked: dict[str, object]
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            hospital.ask("rosa", tokens.list_tokens, **asked)
        assert refused.value.field == field

    @pytest.mark.parametrize("who", ["bela", "dirk"])
    def test_is_not_for_everybody(self, hospital: Hospital, who: str) -> None:
        with pytest.raises(NotPermitted):
            hospital.ask(who, tokens.list_tokens)


class TestShow:
    @pytest.mark.parametrize("typed", ["GM-001", "gm1", " gm-01 ", "GM001"])
    def test_finds_a_code_in_any_form(self, hospital: Hospital, typed: str) -> None:
        hospital.issue()
        assert hospital.token(typed).code == "GM-001"

    def test_finds_an_id(self, hospital: Hospital) -> None:
        token = hospital.issue()
        assert hospital.token(str(token.id)) == hospital.token(token.id)

    def test_a_code_is_of_today(self, hospital: Hospital) -> None:
        old = hospital.issue()
        hospital.clock.forward(days=1)
        with pytest.raises(TokenNotFound):
            hospital.token("GM-001")
        new = hospital.issue()
        assert hospital.token("GM-001").id == new.id
        assert hospital.token(old.id).service_day != new.service_day

    def test_a_code_of_yesterday_is_found_in_a_queue_of_24_hours(self, hospital: Hospital) -> None:
        hospital.do("mara", tokens.edit_queue, "GM", tokens.EditQueue(is_24h=True))
        old = hospital.issue()
        hospital.clock.forward(days=1)
        assert hospital.token("GM-001").id == old.id

    @pytest.mark.parametrize("ref", ["GM-999", "0", "999999999", "9" * 40, 10**8])
    def test_what_is_not_there_is_not_found(self, hospital: Hospital, ref: str | int) -> None:
        with pytest.raises(TokenNotFound) as refused:
            hospital.token(ref)
        assert refused.value.field == "token"

    @pytest.mark.parametrize(
        "ref", ["", "  ", "GM", "-1", "1.5", "\x1b[0m", "x" * 10_000, "\ud800"]
    )
    def test_what_is_no_token_is_said_to_be_none(self, hospital: Hospital, ref: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            hospital.token(ref)
        assert refused.value.field == "token"

    def test_tells_how_many_are_ahead_and_an_unknown_wait(self, hospital: Hospital) -> None:
        hospital.issue(), hospital.issue(), hospital.issue(token_class="emergency")
        token = hospital.token("GM-002")
        assert token.ahead == 2
        assert (token.wait_low_minutes, token.wait_high_minutes) == (None, None)
        hospital.called()
        assert hospital.token("GM-003").ahead is None

    def test_tells_the_wait_once_five_services_taught_it(self, hospital: Hospital) -> None:
        for _ in range(5):
            hospital.serve(10)
        hospital.issue(), hospital.issue()
        token = hospital.token("GM-007")
        assert (token.ahead, token.wait_low_minutes, token.wait_high_minutes) == (1, 10, 20)

    def test_gives_exactly_the_contracts_keys_and_a_few_more(self, hospital: Hospital) -> None:
        hospital.issue(patient=hospital.patient("Ann").mrn)
        said = hospital.token("GM-001").as_json()
        contract = [
            "id",
            "code",
            "number",
            "queue",
            "status",
            "class",
            "patient",
            "service_day",
            "issued_at",
            "called_at",
            "started_at",
            "ended_at",
            "room",
            "call_count",
            "ahead",
            "wait_low_minutes",
            "wait_high_minutes",
        ]
        assert set(contract) <= set(said)
        assert said["patient"].keys() == {"mrn"}
        assert said["issued_at"] == "2031-03-04T09:00:00.000Z"
        assert "Ann" not in str(said)


class TestWhy:
    def test_names_who_goes_before(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.clock.forward(minutes=10)
        hospital.issue(token_class="elderly")
        why = hospital.ask("nils", tokens.why, "GM-001")
        assert (why.sentence, why.before) == ("due 09:00: in order of arrival", ("GM-002",))
        why = hospital.ask("nils", tokens.why, "GM-002")
        assert why.sentence == "due 08:55: arrived 09:10, elderly goes 15 minutes ahead"
        assert why.before == ()

    def test_names_at_most_twenty(self, hospital: Hospital) -> None:
        for _ in range(25):
            hospital.issue()
        assert len(hospital.ask("nils", tokens.why, "GM-025").before) == 20

    def test_of_an_emergency(self, hospital: Hospital) -> None:
        hospital.issue(token_class="emergency")
        sentence = hospital.ask("nils", tokens.why, "GM-001").sentence
        assert sentence == "an emergency goes before everyone; arrived 09:00"

    def test_is_json(self, hospital: Hospital) -> None:
        hospital.issue()
        said = hospital.ask("nils", tokens.why, "GM-001").as_json()
        assert said["why"].startswith("due 09:00")
        assert said["before"] == []


class TestDesks:
    def test_a_desk_sees_its_queue_in_parts(self, hospital: Hospital) -> None:
        for _ in range(4):
            hospital.issue()
        hospital.do("nils", tokens.hold, hospital.called().id)
        hospital.do("nils", tokens.no_show, hospital.called().id)
        hospital.called()
        desk = hospital.ask("dora", tokens.queue_desk, "GM")
        parts = (desk.held, desk.missed, desk.serving, desk.waiting)
        assert [[t.number for t in part] for part in parts] == [[1], [2], [3], [4]]

    def test_the_missed_ones_of_yesterday_are_gone(self, hospital: Hospital) -> None:
        hospital.issue()
        hospital.do("nils", tokens.no_show, hospital.called().id)
        hospital.clock.forward(days=1)
        assert hospital.ask("nils", tokens.queue_desk, "GM").missed == ()

    @pytest.mark.parametrize(
        ("who", "codes"),
        [
            ("dora", {"GM", "LAB"}),
            ("deng", {"ENT", "LAB"}),
            ("rosa", {"LAB"}),
            ("nils", {"GM", "ENT", "LAB"}),
        ],
    )
    def test_everyone_has_the_queues_they_may_call(
        self, hospital: Hospital, who: str, codes: set[str]
    ) -> None:
        assert {q.row.code for q in hospital.ask(who, tokens.my_queues)} == codes

    def test_a_patients_tokens_of_today(self, hospital: Hospital) -> None:
        who = hospital.patient()
        hospital.issue("GM", who.mrn)
        hospital.clock.forward(days=1)
        hospital.issue("ENT", who.mrn), hospital.issue("LAB", who.mrn)
        seen = hospital.ask("rosa", tokens.patient_tokens_today, who.id)
        assert [t.queue for t in seen] == ["LAB", "ENT"]
        seen = hospital.ask("dora", tokens.patient_tokens_today, who.id)
        assert [t.queue for t in seen] == ["LAB"]

    def test_the_newest_first(self, hospital: Hospital) -> None:
        for queue in ("GM", "ENT", "GM", "ENT"):
            hospital.issue(queue)
        newest = hospital.ask("rosa", tokens.newest_tokens, 3)
        assert [t.code for t in newest] == ["ENT-002", "GM-002", "ENT-001"]
        [mine] = hospital.ask("dora", tokens.newest_tokens, 1)
        assert mine.code == "GM-002"

    def test_open_tokens_of_a_list_of_patients(self, hospital: Hospital) -> None:
        ann, bob = hospital.patient(), hospital.patient()
        hospital.issue("GM", ann.mrn), hospital.issue("ENT", ann.mrn)
        hospital.do("rosa", tokens.cancel, hospital.issue("GM", bob.mrn).id)
        found = hospital.ask("rosa", tokens.open_tokens, [ann.id, bob.id])
        assert {key: len(value) for key, value in found.items()} == {ann.id: 2}
        assert hospital.ask("dora", tokens.open_tokens, [ann.id]) == {}
