"""Screens of a load: told alike they agree, one that missed a frame does not."""

from __future__ import annotations

import json

from hms.simulation.crowd import Crowd, Screen


def frame(kind: str, seq: int, **more: object) -> str:
    return json.dumps({"v": 1, "type": kind, "epoch": "e", "seq": seq, **more})


def test_what_was_told_alike_agrees_and_a_call_is_timed() -> None:
    crowd = Crowd(0, 2)
    for screen in crowd._screens:
        for text in (
            frame("SNAPSHOT", 4),
            frame("CALL", 5, token="GM-001", call_no=1),
            frame("HEARTBEAT", 5),
            frame("QUEUE_UPDATED", 6),
        ):
            crowd._take(screen, text)
    said = crowd.said()
    assert (said["seqs"], said["frames"], said["digests"], said["snapshots"]) == ([6], [2], 1, 1)
    assert len(said["calls"]["GM-001/1"]) == 2


def test_a_missed_frame_is_seen() -> None:
    crowd = Crowd(0, 2)
    one, other = crowd._screens
    assert isinstance(one, Screen)
    for seq in (1, 2, 3):
        crowd._take(one, frame("QUEUE_UPDATED", seq))
        if seq != 2:
            crowd._take(other, frame("QUEUE_UPDATED", seq))
    assert crowd.said()["digests"] == 2
