"""The frames of the wall's protocol (contracts.md 3): typed, written as JSON, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hms.kernel.board import Call, Notice, QueueBoard, Serving
from hms.kernel.clock import iso
from hms.kernel.text import show
from kiosk_display.look import PLAIN, Look

VERSION = 1
MAX_CLIENT_BYTES = 4096
CALL_LIVES = timedelta(seconds=60)  # an older call is no longer announced
NAME_LENGTH = 64

POLICY = 1008  # close code: malformed, too many, too late, unknown zone
LATER = 1013  # close code: try again in a moment
UNPAIRED = 4401  # close code: this screen must be paired first; on the staff channel: sign in
REFUSED = 4403  # close code: this screen was sent away; a wrong code; not permitted
MAX_LANGUAGES = 12
SOUNDS = ("ok", "blocked", "off")


class BadFrame(Exception):
    """A client frame that the protocol does not know; the sentence goes into the close frame."""


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """A token was issued on ``queue``."""

    type: ClassVar[str] = "TOKEN_CREATED"

    token: str
    queue: str
    waiting: int
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenStatusUpdated:
    """A token of ``queue`` is in another state now."""

    type: ClassVar[str] = "TOKEN_STATUS_UPDATED"

    token: str
    queue: str
    status: str
    room: str | None
    waiting: int
    next: tuple[str, ...]
    serving: tuple[Serving, ...]


@dataclass(frozen=True, slots=True)
class QueueUpdated:
    """A whole queue as it is now."""

    type: ClassVar[str] = "QUEUE_UPDATED"

    queue: QueueBoard


@dataclass(frozen=True, slots=True)
class Notices:
    """All notices as they are now."""

    type: ClassVar[str] = "NOTICE"

    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """A token is called to a room; announced once, by sight and sound.

    ``call_id`` is the outbox id of the event, so it is the same on every server.
    """

    type: ClassVar[str] = "CALL"

    call_id: int
    token: str
    queue: str
    room: str | None
    call_no: int
    speech: tuple[dict[str, str | None], ...] = field(default=())


Frame = TokenCreated | TokenStatusUpdated | QueueUpdated | Notices | Called


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a zone's stream: after frame ``seq`` of timeline ``epoch``."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Hello:
    """A client's first frame; ``after`` is what it has, ``zone`` None is every queue.

    ``device`` is the token of a paired screen, ``languages`` what it shows in turn.
    """

    name: str
    zone: str | None
    after: Position | None
    device: str | None = field(default=None, repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """The first frame of a screen that was given a pairing code."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ack:
    """A client has shown everything up to ``seq``, and perhaps announced a call."""

    seq: int
    call_id: int | None
    spoken: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a client can make itself heard."""

    sound: str


def body_of(frame: Frame) -> str:
    """Return the members of ``frame`` that are the same in every zone, as JSON text."""
    return _members(_named(frame))


def expired_body(frame: Called) -> str:
    """Return the body of a call that keeps its place but is not announced any more."""
    fields = _named(frame)
    del fields["speech"]
    return _members({**fields, "expired": True})


def numbered(kind: str, at: Position, instant: str, body: str) -> str:
    """Return a whole server frame; ``instant`` is ISO 8601 in UTC."""
    return (
        f'{{"v":{VERSION},"type":"{kind}","epoch":"{at.epoch}","seq":{at.seq},'
        f'"at":"{instant}",{body}}}'
    )


def heartbeat(at: Position, now: datetime, order: str | None = None) -> str:
    """Return the frame that says the wall is live; ``order`` is for this one screen."""
    instant = iso(now) or ""
    fields = {"server_time": instant, **({"order": order} if order else {})}
    return numbered("HEARTBEAT", at, instant, _members(fields))


def paired(given: Mapping[str, Any]) -> str:
    """Return the answer to a right pairing code."""
    names = ("device", "name", "zone", "languages")
    return json.dumps({"v": VERSION, "type": "PAIRED", **{name: given.get(name) for name in names}})


def snapshot(
    at: Position,
    now: datetime,
    *,
    hospital: str,
    timezone: str,
    zone: str | None,
    queues: Sequence[QueueBoard],
    recent_calls: Sequence[Call],
    notices: Sequence[Notice],
    chime: bool = True,
    voice: dict[str, object] | None = None,
    look: Look | None = None,
) -> str:
    """Return a whole zone as one frame; it takes no number of its own."""
    instant = iso(now) or ""
    fields = {
        "hospital": hospital,
        "zone": zone,
        "server_time": instant,
        "timezone": timezone,
        "chime": chime,
        "voice": voice or {},
        "look": look or PLAIN,
        "queues": list(queues),
        "recent_calls": list(recent_calls),
        "notices": list(notices),
    }
    return numbered("SNAPSHOT", at, instant, _members(fields))


def display_status(at: Position, now: datetime, displays: Sequence[Mapping[str, Any]]) -> str:
    """Return how every screen is, for the staff; it takes no number."""
    return numbered("DISPLAY_STATUS", at, iso(now) or "", _members({"displays": list(displays)}))


def notification(at: Position, now: datetime, kind: str, subject: str) -> str:
    """Return something the staff should know of: its kind and what it is about; no number."""
    fields = {"kind": kind, "subject": subject}
    return numbered("NOTIFICATION", at, iso(now) or "", _members(fields))


def read_auth(text: str | bytes) -> str:
    """Return the access token of the staff channel's first frame.

    Raises:
        BadFrame: it is not AUTH with a token.
    """
    frame = read_object(text)
    token = frame.get("token")
    if frame.get("type") != "AUTH" or not isinstance(token, str) or not token:
        raise BadFrame("the first frame must be AUTH with a token")
    return token


def read_first(text: str | bytes) -> Hello | Pair:
    """Return the first frame of a client: HELLO, or PAIR with a code.

    Raises:
        BadFrame: it is neither, or a member is missing or of a wrong kind.
    """
    frame = read_object(text)
    if frame.get("type") != "PAIR":
        return read_hello(text)
    code = frame.get("code")
    if not isinstance(code, str) or not 1 <= len(code) <= NAME_LENGTH:
        raise BadFrame("PAIR needs a code")
    return Pair(code)


def read_hello(text: str | bytes) -> Hello:
    """Return the first frame of a client.

    Raises:
        BadFrame: it is not a HELLO, or a member is missing or of a wrong kind.
    """
    frame = read_object(text)
    if frame.get("type") != "HELLO":
        raise BadFrame("the first frame must be HELLO")
    name, zone, after = frame.get("name", ""), frame.get("zone"), frame.get("after")
    if not isinstance(name, str) or not (zone is None or isinstance(zone, str)):
        raise BadFrame("HELLO needs a name and a zone")
    device, languages = frame.get("device"), frame.get("languages", [])
    if not (device is None or isinstance(device, str)):
        raise BadFrame("device must be a token")
    if not isinstance(languages, list) or not all(isinstance(tag, str) for tag in languages):
        raise BadFrame("languages must be a list of tags")
    tags = tuple(show(tag[:MAX_LANGUAGES]) for tag in languages[:MAX_LANGUAGES])
    return Hello(show(name[:NAME_LENGTH]), zone, _position(after), device, tags)


def read_client(text: str | bytes) -> Ack | Status:
    """Return a later frame of a client.

    Raises:
        BadFrame: it is neither ACK nor STATUS, or a member is of a wrong kind.
    """
    frame = read_object(text)
    if frame.get("type") == "ACK":
        call_id = frame.get("call_id")
        spoken = frame.get("spoken", False)
        if not isinstance(spoken, bool):
            raise BadFrame("spoken must be true or false")
        return Ack(
            _count(frame.get("seq"), "seq"),
            None if call_id is None else _count(call_id, "call_id"),
            spoken,
        )
    if frame.get("type") == "STATUS":
        sound = frame.get("sound")
        if sound not in SOUNDS:
            raise BadFrame("sound must be ok, blocked or off")
        return Status(str(sound))
    raise BadFrame("only ACK and STATUS are understood")


def read_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a client sent.

    Raises:
        BadFrame: it is something else.
    """
    if not isinstance(text, str):
        raise BadFrame("frames are JSON text")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("the frame is not JSON") from None
    if not isinstance(frame, dict):
        raise BadFrame("a frame is a JSON object")
    return frame


def _position(after: object) -> Position | None:
    if after is None:
        return None
    if not isinstance(after, dict) or not isinstance(after.get("epoch"), str):
        raise BadFrame("after must hold epoch and seq")
    return Position(after["epoch"], _count(after.get("seq"), "after.seq"))


def _count(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise BadFrame(f"{name} must be a whole number")
    return value


def _members(fields: dict[str, Any]) -> str:
    return json.dumps(fields, default=_named, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _named(told: object) -> dict[str, Any]:
    # Every part of a frame is a dataclass with slots; ``asdict`` would copy each of them deeply.
    return {name: getattr(told, name) for name in told.__slots__}  # type: ignore[attr-defined]
