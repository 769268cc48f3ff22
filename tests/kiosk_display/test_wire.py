"""What the wall's protocol writes and what it reads (contracts.md 3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.kernel.board import Call, Notice, QueueBoard, Serving
from kiosk_display import wire
from kiosk_display.wire import BadFrame, Position

AT = Position("e1", 7)
NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
SERVING = Serving("GM-001", "Room 1", "called", 2, "2031-03-04T09:00:00.000Z")
GM = QueueBoard("GM", "General", "Room 1", False, 3, ("GM-002", "GM-003"), (SERVING,), 5, 10)


def parsed(frame: wire.Frame) -> dict[str, Any]:
    whole = wire.numbered(frame.type, AT, "2031-03-04T09:00:00.000Z", wire.body_of(frame))
    return dict(json.loads(whole))


def test_every_frame_has_version_type_epoch_number_and_time() -> None:
    frame = parsed(wire.QueueUpdated(GM))
    head = {key: frame[key] for key in ("v", "type", "epoch", "seq", "at")}
    assert head == {
        "v": 1, "type": "QUEUE_UPDATED", "epoch": "e1", "seq": 7, "at": "2031-03-04T09:00:00.000Z",
    }  # fmt: skip


def test_a_queue_has_the_keys_of_the_contract_and_no_other() -> None:
    queue = parsed(wire.QueueUpdated(GM))["queue"]
    assert set(queue) == {
        "code", "name", "room", "paused", "waiting", "next", "serving",
        "wait_low_minutes", "wait_high_minutes",
    }  # fmt: skip
    assert queue["serving"] == [
        {
            "token": "GM-001", "room": "Room 1", "status": "called", "call_no": 2,
            "called_at": "2031-03-04T09:00:00.000Z",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "keys"),
    [
        (wire.TokenCreated("GM-004", "GM", 4, ("GM-002",)), "token queue waiting next"),
        (
            wire.TokenStatusUpdated("GM-001", "GM", "called", "Room 1", 3, (), (SERVING,)),
            "token queue status room waiting next serving",
        ),
        (wire.Notices((Notice(1, "Welcome"),)), "notices"),
        (
            wire.Called(9, "GM-001", "GM", "Room 1", 2),
            "call_id token queue room call_no speech",
        ),
    ],
)
def test_frames_have_the_members_of_the_contract(frame: wire.Frame, keys: str) -> None:
    assert set(parsed(frame)) - {"v", "type", "epoch", "seq", "at"} == set(keys.split())


def test_nobody_speaks_yet() -> None:
    assert parsed(wire.Called(9, "GM-001", "GM", None, 1))["speech"] == []


def test_an_old_call_keeps_its_place_but_is_marked() -> None:
    text = wire.expired_body(wire.Called(9, "GM-001", "GM", "Room 1", 2))
    said = json.loads("{" + text + "}")
    assert said["expired"] is True
    assert said["call_id"] == 9
    assert "speech" not in said


def test_a_snapshot_tells_the_whole_zone() -> None:
    call = Call(9, "GM-001", "GM", "Room 1", 2, "2031-03-04T09:00:00.000Z")
    text = wire.snapshot(
        AT, NOW, hospital="St. Test", timezone="UTC", zone="hall", queues=[GM],
        recent_calls=[call], notices=[Notice(1, "Grüße, नमस्ते, 😀", urgent=True)],
    )  # fmt: skip
    frame = json.loads(text)
    assert frame["type"] == "SNAPSHOT"
    assert frame["server_time"] == "2031-03-04T09:00:00.000Z"
    assert (frame["hospital"], frame["zone"]) == ("St. Test", "hall")
    assert frame["recent_calls"][0]["call_id"] == 9
    [notice] = frame["notices"]
    assert (notice["id"], notice["text"], notice["urgent"]) == (1, "Grüße, नमस्ते, 😀", True)
    assert (notice["emergency"], notice["zone"], notice["until"]) == (False, None, None)
    assert frame["look"]["layout"] == "auto"


def test_a_hello_may_leave_out_what_it_does_not_know() -> None:
    assert wire.read_hello('{"type": "HELLO"}') == wire.Hello("", None, None)


def test_a_hello_tells_where_the_screen_is() -> None:
    said = '{"type":"HELLO","name":"hall-a","zone":"a","after":{"epoch":"e","seq":3},"more":1}'
    assert wire.read_hello(said) == wire.Hello("hall-a", "a", Position("e", 3))


BAD_HELLOS = [
    "", "{", "[]", "null", "1", '"HELLO"', "{}", '{"type": "ACK"}', '{"type": "HELLO", "name": 1}',
    '{"type": "HELLO", "zone": 5}', '{"type": "HELLO", "after": 5}',
    '{"type": "HELLO", "after": {}}',
    '{"type": "HELLO", "after": {"epoch": "e", "seq": -1}}',
    '{"type": "HELLO", "after": {"epoch": "e", "seq": true}}',
    '{"type": "HELLO", "after": {"epoch": "e", "seq": 1e400}}',
    '{"type": "HELLO", "after": {"epoch": "e", "seq": 99999999999999999999}}',
    "[" * 4000, b"{}",
]  # fmt: skip


@pytest.mark.parametrize("said", BAD_HELLOS)
def test_a_first_frame_that_is_no_hello_is_refused_with_a_sentence(said: str | bytes) -> None:
    with pytest.raises(BadFrame, match=r"\w+"):
        wire.read_hello(said)


def test_a_screen_acknowledges_and_tells_of_its_sound() -> None:
    ack = wire.read_client('{"type": "ACK", "seq": 4, "call_id": null, "spoken": false}')
    assert ack == wire.Ack(4, None, False)
    assert wire.read_client('{"type": "STATUS", "sound": "blocked"}') == wire.Status("blocked")


@pytest.mark.parametrize(
    "said",
    [
        '{"type": "HELLO"}', '{"type": "STATUS", "sound": "loud"}', '{"type": "STATUS"}',
        '{"type": "ACK"}', '{"type": "ACK", "seq": 1, "call_id": "x"}',
        '{"type": "ACK", "seq": 1, "spoken": 1}', '{"type": "SNAPSHOT"}',
    ],
)  # fmt: skip
def test_other_frames_of_a_screen_are_refused(said: str) -> None:
    with pytest.raises(BadFrame):
        wire.read_client(said)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KNOWN = st.sampled_from(["type", "seq", "after", "name", "zone", "sound", "call_id", "spoken"])


@given(st.text() | st.binary() | st.dictionaries(KNOWN, JSONS).map(json.dumps))
def test_whatever_a_screen_sends_it_is_understood_or_refused(said: str | bytes) -> None:
    for read in (wire.read_hello, wire.read_client):
        try:
            read(said)
        except BadFrame as error:
            assert len(str(error)) < 100, "the sentence goes into a close frame"  # noqa: PT017
