"""The patient in the room: the code large, the state, who it is, how long there is to undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from hms.features.tokens.rules import room_words
from hms.kernel import clock
from hms.kernel.i18n import counted, phrase, tr, word
from hms.kit.digits import BigCode
from hms.kit.tui_text import one_line, plain

if TYPE_CHECKING:
    from hms.features.patients.queries import PatientView
    from hms.features.tokens.queries import TokenView

STATE_WORDS = {
    "waiting": phrase("waiting"),
    "called": phrase("CALLED"),
    "in_progress": phrase("WITH YOU"),
    "on_hold": phrase("on hold"),
    "no_show": phrase("missed"),
}


@dataclass(frozen=True, slots=True)
class RoomLook:
    """What the panel shows; ``undo`` is what can be taken back and for how long."""

    token: TokenView | None = None
    patient: PatientView | None = None
    room: str | None = None
    undo: str = ""
    zone: str = "UTC"


class RoomPanel(Vertical):
    """Shows ``RoomLook``; quiet when the room is empty."""

    DEFAULT_CSS = """
    RoomPanel { height: 9; padding: 0 1; background: $hms-panel; }
    RoomPanel > Horizontal { height: 6; padding-top: 1; }
    RoomPanel BigCode { width: 1fr; }
    RoomPanel.called BigCode { color: $hms-call; }
    RoomPanel.in_progress BigCode { color: $hms-good; }
    RoomPanel .state { width: 27; height: 5; text-align: right; }
    RoomPanel .who { height: 1; text-style: bold; }
    RoomPanel .care { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: RoomLook | None = None

    def compose(self) -> ComposeResult:
        """Lay out code, state and person."""
        with Horizontal():
            yield BigCode()
            yield Static(classes="state")
        yield Static(classes="who")
        yield Static(classes="care")

    def put(self, look: RoomLook) -> None:
        """Show ``look``."""
        token = look.token
        self.set_class(token is not None and token.status == "called", "called")
        self.set_class(token is not None and token.status == "in_progress", "in_progress")
        self.query_one(BigCode).code = token.code if token else ""
        self.query_one(".state", Static).update(_state(look))
        self.query_one(".who", Static).update(_who(look))
        self.query_one(".care", Static).update(_care(look.patient))


def minutes_since(at: datetime | None) -> str:
    """Return how long ago ``at`` is, in minutes."""
    if at is None:
        return ""
    minutes = max(0, int((clock.now() - at).total_seconds() // 60))
    if minutes < 100:
        return phrase("{minutes} min", minutes=minutes)
    return phrase("{hours} h {minutes:02d}", hours=minutes // 60, minutes=minutes % 60)


def _state(look: RoomLook) -> Content:
    token = look.token
    place = one_line(room_words(look.room) if look.room else phrase("no room"))
    if token is None:
        lines = [(f"{place}\n", "bold $hms-text"), (tr(phrase("free")) + "\n", "$hms-good")]
    else:
        tone = "bold $hms-call" if token.status == "called" else "bold $hms-good"
        state = STATE_WORDS.get(token.status, word(token.status))
        since = token.started_at or token.last_called_at
        lines = [
            (f"{place}\n", "bold $hms-text"),
            (f"{tr(state)} {tr(minutes_since(since))}\n", tone),
            (f"{tr(_calls(token))}\n", "$hms-muted"),
        ]
    if look.undo:
        lines.append((tr(look.undo), "$hms-accent"))
    return Content.assemble(*lines)


def _calls(token: TokenView) -> str:
    return counted("called once", "called {count} times", token.call_count)


def _who(look: RoomLook) -> Content:
    token, patient = look.token, look.patient
    if token is None:
        return plain(phrase("Nobody is in the room. F4 calls the next."), "$hms-muted")
    if token.patient_id is None:
        return plain(phrase("no patient is attached to this token"), "$hms-muted")
    name = one_line(patient.name if patient else token.patient_name or "")
    rest = [one_line(token.mrn or "")]
    if patient is not None:
        rest = [_age(patient, look.zone), _sex(patient), *rest, patient.blood_group or ""]
    return Content.assemble(
        (name, "bold $hms-text"),
        ("   " + " · ".join(one_line(part) for part in rest if part), "$hms-muted"),
    )


def _sex(patient: PatientView) -> str:
    return phrase("sex not known") if patient.sex == "unknown" else word(patient.sex.value)


def _age(patient: PatientView, zone: str) -> str:
    today = clock.now().astimezone(clock.zone(zone)).date()
    age = patient.age(today)
    if age is None:
        return phrase("age unknown")
    if patient.birth_estimated:
        return phrase("about {age} y", age=age)
    return phrase("{age} y", age=age)


def _care(patient: PatientView | None) -> Content:
    if patient is None:
        return Content("")
    if not patient.allergies:
        return plain(phrase("no allergies recorded"), "$hms-muted")
    return plain(phrase("Allergies: {names}", names=", ".join(patient.allergies)), "bold $hms-bad")
