"""The token's life and its place in the line, as plain arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.features.tokens import rules
from hms.features.tokens.rules import LEGAL, Line, Move, Policy, Status, TokenClass
from hms.kernel.errors import InvalidInput

NINE = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
HEAD_STARTS = {"elderly": 15, "child": 10, "staff": 5}

ARRIVALS = st.tuples(
    st.sampled_from(TokenClass),
    st.integers(0, 8 * 3600).map(lambda seconds: NINE + timedelta(seconds=seconds)),
)


def rank(token_class: TokenClass, at: datetime, policy: Policy = Policy.DUE) -> int:
    return rules.rank_of(token_class, at, HEAD_STARTS.get(token_class.value, 0), policy)


class TestMoves:
    def test_a_held_a_missed_and_a_finished_token_are_never_called(self) -> None:
        sources, _ = LEGAL[Move.CALL]
        assert sources == {Status.WAITING}

    def test_a_patient_who_is_with_the_doctor_cannot_be_cancelled_or_missed(self) -> None:
        for move in (Move.CANCEL, Move.LEAVE, Move.NO_SHOW, Move.EXPIRE, Move.PUT_BACK):
            assert Status.IN_PROGRESS not in LEGAL[move][0]

    def test_nothing_moves_a_finished_token(self) -> None:
        ended = {
            Status.COMPLETED,
            Status.LEFT,
            Status.CANCELLED,
            Status.ENTERED_IN_ERROR,
            Status.TRANSFERRED,
            Status.EXPIRED,
        }
        assert not any(sources & ended for sources, _ in LEGAL.values())

    def test_the_database_lets_through_every_move_and_its_undoing(self) -> None:
        pairs = rules.allowed_pairs()
        for move, (sources, target) in LEGAL.items():
            for source in sources - {target}:
                assert target in pairs[source]
                assert (source in pairs[target]) == (move is not Move.EXPIRE)

    def test_a_closed_day_and_an_error_stay(self) -> None:
        pairs = rules.allowed_pairs()
        assert pairs[Status.EXPIRED] == pairs[Status.ENTERED_IN_ERROR] == frozenset()

    def test_no_ended_token_becomes_another_ended_one(self) -> None:
        pairs = rules.allowed_pairs()
        final = {s for s in Status if s not in rules.OPEN}
        assert not any(pairs[status] & final for status in final)


class TestRank:
    def test_who_came_first_is_called_first(self) -> None:
        assert rank(TokenClass.NORMAL, NINE) < rank(TokenClass.NORMAL, NINE + timedelta(seconds=1))

    def test_an_elderly_patient_goes_ahead_by_the_head_start_and_not_by_more(self) -> None:
        came_14_later = rank(TokenClass.ELDERLY, NINE + timedelta(minutes=14))
        came_16_later = rank(TokenClass.ELDERLY, NINE + timedelta(minutes=16))
        assert came_14_later < rank(TokenClass.NORMAL, NINE) < came_16_later

    @pytest.mark.parametrize("policy", Policy)
    def test_an_emergency_is_first_of_all_under_every_policy(self, policy: Policy) -> None:
        late = rank(TokenClass.EMERGENCY, NINE + timedelta(hours=8), policy)
        others = [rank(c, NINE, policy) for c in TokenClass if c is not TokenClass.EMERGENCY]
        assert late < min(others)

    def test_strict_puts_every_priority_before_every_normal_one(self) -> None:
        late = rank(TokenClass.CHILD, NINE + timedelta(hours=8), Policy.STRICT)
        assert late < rank(TokenClass.NORMAL, NINE, Policy.STRICT)

    def test_arrival_knows_no_priority_but_the_emergency(self) -> None:
        elderly = rank(TokenClass.ELDERLY, NINE, Policy.ARRIVAL)
        assert elderly == rank(TokenClass.NORMAL, NINE, Policy.ARRIVAL)

    @given(st.lists(ARRIVALS, min_size=2, max_size=30))
    def test_nobody_starves(self, arrivals: list[tuple[TokenClass, datetime]]) -> None:
        """Only who came at most the longest head start later, or an emergency, goes before."""
        longest = timedelta(minutes=max(HEAD_STARTS.values()))
        for token_class, at in arrivals:
            for other_class, other_at in arrivals:
                before = rank(other_class, other_at) < rank(token_class, at)
                if before and other_class is not TokenClass.EMERGENCY:
                    assert other_at - at < longest

    @given(st.integers(0, 2**41))
    def test_milliseconds_come_back(self, ms: int) -> None:
        assert rules.to_ms(rules.from_ms(ms)) == ms


class TestInTurn:
    def test_one_priority_then_one_normal(self) -> None:
        assert rules.in_turn("ABC", "xyz", priority_first=True) == list("AxByCz")

    def test_the_turn_may_be_the_normal_ones(self) -> None:
        assert rules.in_turn("AB", "xyz", priority_first=False) == list("xAyBz")

    def test_when_one_line_ends_the_other_goes_on(self) -> None:
        assert rules.in_turn("A", "xyz", priority_first=True) == list("Axyz")
        assert rules.in_turn("", "xy", priority_first=True) == list("xy")

    @given(st.lists(st.integers()), st.lists(st.text()), st.booleans())
    def test_nobody_is_lost_and_each_line_keeps_its_order(
        self, priority: list[int], normal: list[str], first: bool
    ) -> None:
        order = rules.in_turn(priority, normal, priority_first=first)
        assert [one for one in order if isinstance(one, int)] == priority
        assert [one for one in order if isinstance(one, str)] == normal


class TestWhy:
    def line(self, **other: object) -> Line:
        usual = {"token_class": TokenClass.NORMAL, "policy": Policy.DUE, "arrived": "09:10"}
        return Line(**{**usual, "due": "09:10", "head_start_minutes": 0, **other})  # type: ignore[arg-type]

    def test_in_order_of_arrival(self) -> None:
        assert rules.why_sentence(self.line()) == "due 09:10: in order of arrival"

    def test_with_a_head_start(self) -> None:
        line = self.line(token_class=TokenClass.ELDERLY, due="08:55", head_start_minutes=15)
        said = "due 08:55: arrived 09:10, elderly goes 15 minutes ahead"
        assert rules.why_sentence(line) == said

    def test_an_emergency(self) -> None:
        said = rules.why_sentence(self.line(token_class=TokenClass.EMERGENCY))
        assert said == "an emergency goes before everyone; arrived 09:10"

    def test_a_strict_queue(self) -> None:
        line = self.line(token_class=TokenClass.CHILD, policy=Policy.STRICT)
        assert rules.why_sentence(line).startswith("child goes before every normal token")

    def test_an_alternate_queue(self) -> None:
        said = rules.why_sentence(self.line(policy=Policy.ALTERNATE))
        assert said.startswith("this queue takes one priority and one normal token in turn")

    def test_after_a_missed_call(self) -> None:
        said = rules.why_sentence(self.line(due="10:30", came_back=True))
        assert said == "due 10:30: came back then after a missed call; arrived 09:10"


class TestWaitRange:
    def test_unknown_while_fewer_than_five_services_were_seen(self) -> None:
        assert rules.wait_range(3, [10.0] * 4, 1) is None

    def test_learnt_from_the_services(self) -> None:
        assert rules.wait_range(3, [10.0] * 5, 1) == (30, 40)

    def test_a_range_because_services_differ(self) -> None:
        assert rules.wait_range(2, [4, 6, 8, 10, 12], 1) == (12, 30)

    def test_several_rooms_share_the_line(self) -> None:
        assert rules.wait_range(4, [10.0] * 5, 2) == (20, 25)

    def test_nobody_ahead_still_waits_for_who_is_inside(self) -> None:
        assert rules.wait_range(0, [10.0] * 5, 1) == (0, 10)

    @given(
        st.integers(0, 500),
        st.lists(st.floats(0, 600), min_size=5, max_size=20),
        st.integers(0, 9),
    )
    def test_low_is_never_above_high_nor_below_nothing(
        self, ahead: int, minutes: list[float], rooms: int
    ) -> None:
        wait = rules.wait_range(ahead, minutes, rooms)
        assert wait is not None
        assert 0 <= wait[0] <= wait[1]


class TestCounter:
    def test_a_room_is_one_place_however_it_is_written(self) -> None:
        assert rules.counter_of("Room 3", "GM") == rules.counter_of("rOOM 3", "ENT")

    def test_a_queue_without_a_room_is_a_place_of_its_own(self) -> None:
        assert rules.counter_of(None, "GM") != rules.counter_of("queue GM", "GM")

    def test_a_key_never_outgrows_its_column(self) -> None:
        assert len(rules.counter_of("\ufdfa" * 40, "GM")) == rules.COUNTER_MAX


class TestTyped:
    @pytest.mark.parametrize(
        "typed", ["GM-042", "gm-042", "GM42", "gm042", " gm-42 ", "Gm-000042", "GM-42"]
    )
    def test_a_code_is_understood_in_any_form(self, typed: str) -> None:
        assert rules.parse_token_code(typed) == "GM-042"

    def test_a_prefix_may_end_in_a_digit(self) -> None:
        assert rules.parse_token_code("lab2-7") == "LAB2-007"

    @pytest.mark.parametrize(
        "typed",
        ["", "GM", "-042", "GM--42", "GM-", "GM-1234567", "42-GM", "GM-４２", "ĞM-1", "GM 4"],
    )
    def test_what_is_no_code_is_none(self, typed: str) -> None:
        assert rules.parse_token_code(typed) is None

    @given(st.text(max_size=12))
    def test_no_text_breaks_the_reading(self, typed: str) -> None:
        code = rules.parse_token_code(typed)
        assert code is None or rules.parse_token_code(code) == code

    def test_numbers_over_a_thousand_get_longer_not_cut(self) -> None:
        assert rules.token_code("GM", 1042) == "GM-1042"

    @pytest.mark.parametrize("typed", ["gm", " ENT ", "Lab2", "A", "ABCDEFGH"])
    def test_queue_codes_are_written_in_capitals(self, typed: str) -> None:
        assert rules.parse_queue_code(typed) == typed.strip().upper()

    @pytest.mark.parametrize("typed", ["", "2GM", "G M", "ABCDEFGHI", "Ä", "GM-", "Ж"])
    def test_what_is_no_queue_code_is_refused(self, typed: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            rules.parse_queue_code(typed)
        assert refused.value.field == "queue"

    def test_an_unknown_class_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            rules.parse_class("vip")
        assert "emergency, elderly" in refused.value.hint

    def test_undo_is_open_for_its_seconds_and_not_before_the_deed(self) -> None:
        assert rules.undo_open(NINE, NINE + timedelta(seconds=30), 30)
        assert not rules.undo_open(NINE, NINE + timedelta(seconds=31), 30)
        assert not rules.undo_open(NINE, NINE - timedelta(seconds=1), 30)


@pytest.mark.parametrize(
    ("room", "said"),
    [("3", "Room 3"), ("12b", "Room 12b"), ("Room 3", "Room 3"), ("Lab 1", "Lab 1"), ("", "")],
)
def test_a_room_that_is_only_a_number_is_said_as_the_wall_says_it(room: str, said: str) -> None:
    assert rules.room_words(room) == said


def test_a_numbered_room_is_said_in_the_language_of_the_slip() -> None:
    assert rules.room_words("3", "Sala {n}") == "Sala 3"
