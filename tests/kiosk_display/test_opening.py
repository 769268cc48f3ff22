"""Zones taken up from what another server kept are those that the database tells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hms.features.displays import service as displays
from hms.kernel import clock
from kiosk_display.feed import Opening, look
from kiosk_display.opening import Kept
from kiosk_display.state import Stream
from kiosk_display.wire import Position
from tests.kiosk_display.screen import STATE
from tests.support import Hospital


def opened(hospital: Hospital, kept: Kept | None = None) -> Opening:
    found = hospital.db.read_now(lambda work: look(work, None, 0, kept=kept))
    assert isinstance(found, Opening)
    return found


def told(stream: Stream) -> dict[str, Any]:
    frame = json.loads(stream.snapshot(clock.now()))
    return {key: frame[key] for key in STATE} | {"at": stream.position}


def kept_by_another(hospital: Hospital) -> Kept:
    hospital.issue("GM")
    hospital.issue("LAB")
    hospital.called()
    kept = opened(hospital).kept
    assert kept is not None
    return kept


def test_what_happened_since_is_folded_in(hospital: Hospital) -> None:
    kept = kept_by_another(hospital)
    hospital.issue("GM")
    hospital.issue("LAB")
    hospital.do("mara", displays.add_notice, displays.AddNotice("Hello"))
    again, fresh = opened(hospital, kept), opened(hospital)
    assert again.kept is None, "it was taken"
    assert fresh.kept is not None
    assert again.cursor == fresh.cursor
    for name, stream in fresh.streams.items():
        assert told(again.streams[name]) == told(stream)
        for back in range(stream.seq + 1):
            place = Position(stream.zone.epoch, back)
            one, other = again.streams[name].since(place), stream.since(place)
            assert one is not None
            assert other is not None
            assert [(sent.at, sent.instant) for sent in one] == [
                (sent.at, sent.instant) for sent in other
            ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeline": "another"},
        {"cursor": 10_000},
        {"cursor": -30_000},
        {"zones": ((None, (1, 2)),)},
    ],
)
def test_what_is_of_another_time_or_place_is_left(
    hospital: Hospital, wrong: dict[str, Any]
) -> None:
    kept = replace(kept_by_another(hospital), boards={}, **wrong)
    found = opened(hospital, kept)
    assert found.kept is not None, "the database was read"
    assert {name: told(one) for name, one in found.streams.items()} == {
        name: told(one) for name, one in opened(hospital).streams.items()
    }
