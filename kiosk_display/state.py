"""What a zone's screens have been told: numbered frames, and the state they add up to.

Pure.  Law: a snapshot with the following frames folded in equals a fresh
snapshot.  A stream keeps its own state by folding its own frames, so the law
holds by construction for as long as the boards it is given are the truth.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from hms.kernel.board import RECENT_CALLS, Call, Notice, QueueBoard
from hms.kernel.events import HOSPITAL_TOPIC, Recorded
from kiosk_display import wire
from kiosk_display.look import PLAIN, Look
from kiosk_display.speech.voicing import SILENT, ZoneVoice
from kiosk_display.wire import Called, Frame, Position

HISTORY = 2_000  # frames a zone keeps for those who come back; at least 1,000 are promised

CALLS = frozenset({"TokenCalled", "TokenRecalled"})
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a zone's screens show; ``queues`` by code in display order."""

    queues: Mapping[str, QueueBoard]
    recent_calls: tuple[Call, ...] = ()
    notices: tuple[Notice, ...] = ()


def fold(view: View, frame: Frame, at: str) -> View:
    """Return ``view`` after ``frame``, happened ``at`` (ISO 8601 UTC), as a client does it."""
    match frame:
        case wire.Called():
            return replace(view, recent_calls=_with_call(view.recent_calls, _call(frame, at)))
        case wire.Notices():
            return replace(view, notices=frame.notices)
        case wire.QueueUpdated():
            return replace(view, queues={**view.queues, frame.queue.code: frame.queue})
        case wire.TokenCreated():
            board = replace(view.queues[frame.queue], waiting=frame.waiting, next=frame.next)
            return replace(view, queues={**view.queues, frame.queue: board})
        case wire.TokenStatusUpdated():
            board = replace(
                view.queues[frame.queue],
                waiting=frame.waiting,
                next=frame.next,
                serving=frame.serving,
            )
            calls = view.recent_calls
            if frame.status == WAITING:
                calls = _without(calls, frame.token)
            return replace(view, queues={**view.queues, frame.queue: board}, recent_calls=calls)


def frames_of(
    event: Recorded,
    boards: Mapping[int, QueueBoard],
    notices: tuple[Notice, ...],
    voice: ZoneVoice | None = None,
) -> tuple[Frame, ...]:
    """Return the frames of ``event``, as many as its row says.

    State comes from ``boards``, which may be newer than the event; what was
    announced comes from the event itself; ``voice`` says it in the zone's languages.
    """
    if event.topic == HOSPITAL_TOPIC:
        return (wire.Notices(notices),) * event.frames
    if event.topic is None or not event.frames:
        return ()
    board = boards[event.topic]
    frames = (*_said(event, board, voice), wire.QueueUpdated(board))
    # The row decides the number: a newer program may have written it.
    missing = event.frames - len(frames)
    return frames[-event.frames :] if missing <= 0 else frames + frames[-1:] * missing


def _said(event: Recorded, board: QueueBoard, voice: ZoneVoice | None) -> tuple[Frame, ...]:
    said = event.payload
    token = str(said.get("token", ""))
    if event.frames == 1:
        return ()
    if event.kind == "TokenIssued":
        return (wire.TokenCreated(token, board.code, board.waiting, board.next),)
    room = said.get("room")
    updated = wire.TokenStatusUpdated(
        token, board.code, str(said.get("status", "")), room,
        board.waiting, board.next, board.serving,
    )  # fmt: skip
    if event.kind not in CALLS:
        return (updated,)
    speech = () if voice is None else voice.speech(token, room)
    number = int(said.get("call_no") or 1)
    return (updated, Called(event.id, token, board.code, room, number, speech))


def recent_calls(
    events: Iterable[Recorded],
    codes: Mapping[int, str],
) -> tuple[tuple[Call, ...], bool]:
    """Return the recent calls that ``events`` add up to, and whether they are all of them.

    Folding from any point of the log gives the beginning of the true list; once
    the list has been full, it is the true list from then on.

    Args:
        events: of one zone, in order.
        codes: queue codes by topic.
    """
    calls: tuple[Call, ...] = ()
    full = False
    for event in events:
        if event.topic is None or event.topic not in codes:
            continue
        said = event.payload
        token = str(said.get("token", ""))
        if event.kind in CALLS:
            number = int(said.get("call_no") or 1)
            code = codes[event.topic]
            call = Call(event.id, token, code, said.get("room"), number, event.at)
            calls = _with_call(calls, call)
            full = full or len(calls) == RECENT_CALLS
        elif event.kind != "TokenIssued" and said.get("status") == WAITING:
            calls = _without(calls, token)
    return calls, full


def epoch_of(database: str, queue_ids: Iterable[int]) -> str:
    """Return the epoch of the zone with ``queue_ids`` on the timeline ``database``."""
    text = f"{database}:{','.join(map(str, sorted(queue_ids)))}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _call(frame: Called, at: str) -> Call:
    return Call(frame.call_id, frame.token, frame.queue, frame.room, frame.call_no, at)


def _with_call(calls: tuple[Call, ...], call: Call) -> tuple[Call, ...]:
    return (call, *_without(calls, call.token))[:RECENT_CALLS]


def _without(calls: tuple[Call, ...], token: str) -> tuple[Call, ...]:
    return tuple(call for call in calls if call.token != token)


@dataclass(frozen=True, slots=True)
class Sent:
    """A numbered frame of one zone, encoded once.

    ``call`` is set for an announcement, which is worth hearing for a minute only.
    """

    at: Position
    instant: str
    text: str
    call: Called | None = None

    def text_at(self, now: datetime) -> str:
        """Return the frame as it is to be sent ``now``: an old call does not sound again."""
        if self.call is None or now - datetime.fromisoformat(self.instant) <= wire.CALL_LIVES:
            return self.text
        return wire.numbered("CALL", self.at, self.instant, wire.expired_body(self.call))


@dataclass(frozen=True, slots=True)
class Zone:
    """Queues that screens show together, in display order; ``name`` None is every queue."""

    name: str | None
    queue_ids: tuple[int, ...]
    epoch: str
    voice: ZoneVoice = SILENT
    look: Look = PLAIN


@dataclass(frozen=True, slots=True)
class Hall:
    """What a snapshot says besides the zone's own state."""

    hospital: str
    timezone: str
    chime: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What the outbox tells of a zone up to one instant.

    ``seq`` is the running sum of its frames, ``events`` the newest of them in
    order, ``calls`` the recent calls before the first of these.
    """

    seq: int
    events: Sequence[Recorded]
    calls: tuple[Call, ...]


class Stream:
    """One zone: its state, its last frames, its number."""

    def __init__(
        self,
        zone: Zone,
        hall: Hall,
        past: Past,
        boards: Mapping[int, QueueBoard],
        notices: tuple[Notice, ...],
    ) -> None:
        """Take up the stream where the outbox is: alike on every server and after any restart."""
        self.zone = zone
        self.hall = hall
        self.view = View(
            {boards[key].code: boards[key] for key in zone.queue_ids},
            past.calls,
            self._own(notices),
        )
        self.seq = past.seq - sum(event.frames for event in past.events)
        self._topics = frozenset((HOSPITAL_TOPIC, *zone.queue_ids))
        self._sent: deque[Sent] = deque(maxlen=HISTORY)
        self.advance(past.events, boards, notices)

    @property
    def position(self) -> Position:
        """Return the place of the last frame."""
        return Position(self.zone.epoch, self.seq)

    def advance(
        self,
        events: Iterable[Recorded],
        boards: Mapping[int, QueueBoard],
        notices: tuple[Notice, ...],
    ) -> list[Sent]:
        """Fold ``events`` of this or other zones in; return the frames to send, in order."""
        news: list[Sent] = []
        for event in events:
            if event.topic in self._topics:
                for frame in frames_of(event, boards, self._own(notices), self.zone.voice):
                    self.seq += 1
                    self.view = fold(self.view, frame, event.at)
                    news.append(self._number(frame, event.at))
        self._sent.extend(news)
        return news

    def _own(self, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        """Return the notices for this zone; a wall of every queue shows those of every zone."""
        if self.zone.name is None:
            return notices
        return tuple(one for one in notices if one.zone in (None, self.zone.name))

    def calls(self) -> Iterator[tuple[int, str]]:
        """Yield id and instant of the calls it still has, in order."""
        for sent in self._sent:
            if sent.call is not None:
                yield sent.call.call_id, sent.instant

    def since(self, after: Position, most: int = HISTORY) -> list[Sent] | None:
        """Return the next frames after ``after``, None when it has not got them."""
        missing = self.seq - after.seq
        if after.epoch != self.zone.epoch or not 0 <= missing <= len(self._sent):
            return None
        first = len(self._sent) - missing
        return list(islice(self._sent, first, first + most))

    def called(self) -> list[Called]:
        """Return the calls among the frames that are kept, in order."""
        return [sent.call for sent in self._sent if sent.call is not None]

    def snapshot(self, now: datetime) -> str:
        """Return the whole zone as one frame."""
        return wire.snapshot(
            self.position,
            now,
            hospital=self.hall.hospital,
            timezone=self.hall.timezone,
            zone=self.zone.name,
            queues=list(self.view.queues.values()),
            recent_calls=self.view.recent_calls,
            notices=self.view.notices,
            chime=self.hall.chime,
            voice=self.zone.voice.told(),
            look=self.zone.look,
        )

    def _number(self, frame: Frame, instant: str) -> Sent:
        at = self.position
        text = wire.numbered(frame.type, at, instant, wire.body_of(frame))
        return Sent(at, instant, text, frame if isinstance(frame, Called) else None)
