"""The verbs of the plain console: words in, use case, sentences out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hms.console.desks.doctor_look import Look, look
from hms.features.patients import service as patients
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.tokens.rules import parse_token_code
from hms.kernel.errors import NotFound, NotSignedIn, Unavailable

if TYPE_CHECKING:
    from hms.bootstrap import Application
    from hms.features.patients.queries import PatientView
    from hms.features.tokens.queries import QueueView, TokenView
    from hms.infra.sessions import SignedIn

Said = list[str]


class Usage(Exception):
    """The verb needs other words."""


class NoToken(NotFound):
    """No token was named and none was handled here before."""

    code = "console.no_token"


class Desk:
    """Whoever is signed in, and the queue and token that they last spoke of."""

    def __init__(self, application: Application, who: SignedIn) -> None:
        self.application = application
        self.who = who
        self.queue: str | None = None
        self.token: str | None = None
        self.permissions = frozenset(self.ask(staff.who_am_i).permissions)

    def do(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a use case that changes something."""
        return self.application.do_now(self._fresh(), use_case, *args, **kw)

    def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a read-only use case."""
        return self.application.ask_now(self._fresh(), use_case, *args, **kw)

    def sign_out(self) -> None:
        """End the session."""
        try:
            self.do(staff.sign_out)
        except (NotSignedIn, Unavailable):
            return  # it was over, or ends by itself

    def _fresh(self) -> SignedIn:
        if not staff.is_fresh(self.who):
            self.who = staff.refresh_now(self.application.db, self.who, self.who.terminal)
        return self.who


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: how it is typed, what it does, what one must hold to be offered it."""

    usage: str
    help: str
    run: Callable[[Desk, Sequence[str]], Said]
    permission: str = ""


def help_lines(desk: Desk) -> Said:
    """Return what this person can type."""
    offered = [v for v in VERBS.values() if not v.permission or v.permission in desk.permissions]
    width = max(len(verb.usage) for verb in offered)
    lines = [f"{verb.usage.ljust(width)}  {verb.help}" for verb in offered]
    return [*lines, f"{'quit'.ljust(width)}  sign out and leave"]


def _search(desk: Desk, words: Sequence[str]) -> Said:
    if not words:
        raise Usage
    found = desk.ask(patients.search, " ".join(words))
    return [_patient_line(view) for view in found] or ["Nobody found."]


def _file(desk: Desk, words: Sequence[str]) -> Said:
    if not words:
        raise Usage
    view: PatientView = desk.do(patients.show, words[0], " ".join(words[1:]) or None)
    allergic = ", ".join(view.allergies) or "none recorded"
    return [_patient_line(view), f"Allergies: {allergic}."]


def _register(desk: Desk, words: Sequence[str]) -> Said:
    allow = "--again" in words
    values = [word for word in words if word != "--again"]
    if not values:
        raise Usage
    name, birth, sex, phone = (values + [""] * 4)[:4]
    said = patients.RegisterPatient(name=name, birth=birth, sex=sex, phone=phone)
    view = desk.do(patients.register, said, allow_duplicate=allow)
    return [f"Registered: {_patient_line(view)}"]


def _issue(desk: Desk, words: Sequence[str]) -> Said:
    if not words:
        raise Usage
    queue, patient, token_class = (*words, "", "")[:3]
    command = tokens.IssueToken(queue, patient or None, token_class or "normal")
    token = desk.do(tokens.issue, command)
    return [f"Token {_spelled(token)}.", *_placed(desk.ask(tokens.show_token, token.id))]


def _next(desk: Desk, words: Sequence[str]) -> Said:
    how = {"finish": "finish" in words, "no_show": "no-show" in words}
    named = [word for word in words if word not in ("finish", "no-show")]
    desk.queue = named[0] if named else desk.queue or _own_queue(desk)
    room = named[1] if len(named) > 1 else None
    token = desk.do(tokens.call_next, desk.queue, room=room, **how)
    desk.token = token.code
    name = desk.ask(tokens.show_token, token.id).patient_name
    return [f"Called: {_spelled(token)}{f', {name}' if name else ''}."]


def _own_queue(desk: Desk) -> str:
    seen: Look = desk.ask(look)
    if seen.desk is None or (seen.doctor is None and len(seen.queues) > 1):
        raise Usage
    return seen.desk.queue.row.code


def _verb(use_case: Any, words_after: str, *, reason: bool = False) -> Any:
    def run(desk: Desk, words: Sequence[str]) -> Said:
        named = bool(words) and (not reason or _is_token(words[0]))
        ref = _token(desk, words if named else ())
        why = " ".join(words[1:] if named else words)
        token = desk.do(use_case, ref, **({"reason": why} if why and reason else {}))
        desk.token = token.code
        return [f"{token.code} {words_after}."]

    return run


def _token(desk: Desk, words: Sequence[str]) -> str:
    ref = words[0] if words else desk.token
    if ref is None:
        raise NoToken("no token was called here yet", hint="name it: GM-042")
    return ref


def _is_token(word: str) -> bool:
    return word.isdecimal() or parse_token_code(word) is not None


def _transfer(desk: Desk, words: Sequence[str]) -> Said:
    if not words:
        raise Usage
    ref, to = (words[0], words[1]) if len(words) > 1 else (_token(desk, ()), words[0])
    token = desk.do(tokens.transfer, ref, to=to)
    return [f"{token.code} waits in {token.queue_name}."]


def _undo(desk: Desk, words: Sequence[str]) -> Said:
    token = desk.do(tokens.undo, _token(desk, words))
    return [f"Taken back: {token.code} is {token.status.replace('_', ' ')}."]


def _why(desk: Desk, words: Sequence[str]) -> Said:
    why = desk.ask(tokens.why, _token(desk, words))
    return [f"{why.token.code}: {why.sentence}.", *_placed(why.token)]


def _show(desk: Desk, words: Sequence[str]) -> Said:
    token = desk.ask(tokens.show_token, _token(desk, words))
    return [_token_line(token), *_placed(token)]


def _list(desk: Desk, words: Sequence[str]) -> Said:
    queue = words[0] if words else None
    listed = [t for t in desk.ask(tokens.list_tokens, queue=queue) if t.open]
    return [_token_line(token) for token in listed] or ["No open token."]


def _queues(desk: Desk, _: Sequence[str]) -> Said:
    views: list[QueueView] = desk.ask(tokens.list_queues)
    return [_queue_line(view) for view in views] or ["There is no queue."]


def _status(desk: Desk, words: Sequence[str]) -> Said:
    if not words:
        raise Usage
    view = desk.do(staff.doctor_status, desk.who.name, words[0], " ".join(words[1:]))
    return [f"You are {view.status}."]


def _patient_line(view: PatientView) -> str:
    born = view.birth_date.isoformat() if view.birth_date else str(view.birth_year or "")
    return ", ".join(part for part in (view.mrn, view.name, view.sex.value, born) if part)


def _token_line(token: TokenView) -> str:
    parts = (token.code, token.status.replace("_", " "), token.patient_name, token.room)
    return ", ".join(part for part in parts if part)


def _queue_line(view: QueueView) -> str:
    paused = ", paused" if view.paused else ""
    serving = ", ".join(f"{s.token} in {s.room}" if s.room else s.token for s in view.serving)
    now = f"; now {serving}" if serving else ""
    return f"{view.row.code}, {view.row.name}: {view.waiting} waiting{paused}{now}"


def _placed(token: TokenView) -> Said:
    if token.ahead is None:
        return []
    ahead = "It is the next one" if token.ahead == 0 else f"{token.ahead} before it"
    if token.wait_low_minutes is None:
        return [f"{ahead}; the wait is unknown."]
    return [f"{ahead}; the wait is {token.wait_low_minutes} to {token.wait_high_minutes} minutes."]


def _spelled(token: TokenView) -> str:
    room = f", {token.room}" if token.room else ""
    return f"{token.code} for {token.queue_name}{room}"


_CALL = "tokens.call"
VERBS: dict[str, Verb] = {
    "search": Verb("search TEXT", "find a patient", _search, "patients.search"),
    "file": Verb(
        "file MRN [REASON]",
        "a patient's record; another's patient needs a reason, which is recorded",
        _file,
        "patients.search",
    ),
    "register": Verb(
        'register "NAME" [BIRTH] [SEX] [PHONE] [--again]',
        "register a patient; --again although somebody is like them",
        _register,
        "patients.register",
    ),
    "issue": Verb("issue QUEUE [MRN] [CLASS]", "give a token", _issue, "tokens.issue"),
    "queues": Verb("queues", "all queues", _queues, "queues.see"),
    "list": Verb("list [QUEUE]", "the open tokens of today", _list, "tokens.see"),
    "show": Verb("show [TOKEN]", "one token and its wait", _show, "tokens.see"),
    "why": Verb("why [TOKEN]", "why it has its place", _why, "tokens.see"),
    "next": Verb("next [QUEUE [ROOM]] [finish|no-show]", "call the next one", _next, _CALL),
    "call": Verb(
        "call TOKEN [REASON]",
        "call this one out of order",
        _verb(tokens.call, "is called", reason=True),
        _CALL,
    ),
    "recall": Verb(
        "recall [TOKEN]", "call it again", _verb(tokens.recall, "is called again"), "tokens.recall"
    ),
    "start": Verb("start [TOKEN]", "the patient came in", _verb(tokens.start, "came in"), _CALL),
    "complete": Verb(
        "complete [TOKEN]", "the visit is finished", _verb(tokens.complete, "is finished"), _CALL
    ),
    "hold": Verb(
        "hold [TOKEN] [REASON]",
        "put it aside",
        _verb(tokens.hold, "is on hold", reason=True),
        _CALL,
    ),
    "resume": Verb(
        "resume [TOKEN]", "go on with a held one", _verb(tokens.resume, "goes on"), _CALL
    ),
    "no-show": Verb(
        "no-show [TOKEN]", "the patient did not come", _verb(tokens.no_show, "did not come"), _CALL
    ),
    "rejoin": Verb(
        "rejoin [TOKEN]", "who missed it waits again", _verb(tokens.rejoin, "waits again"), _CALL
    ),
    "transfer": Verb(
        "transfer [TOKEN] QUEUE", "send on to another queue", _transfer, "tokens.transfer"
    ),
    "cancel": Verb(
        "cancel TOKEN [REASON]",
        "give the token up",
        _verb(tokens.cancel, "is cancelled", reason=True),
        "tokens.cancel",
    ),
    "undo": Verb("undo [TOKEN]", "take back what was done last", _undo),
    "status": Verb(
        "status online|busy|paused|offline [REASON]",
        "say whether you are here",
        _status,
        "doctors.status",
    ),
}
