"""What became of a call: which screens showed it, after how long, and whether it was heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hms.features.displays import rules
from hms.features.displays.queries import screens as queries
from hms.features.displays.queries.screens import ScreenView, ShownCall
from hms.features.tokens import queries as tokens
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.clock import iso, local_hm


@dataclass(frozen=True, slots=True)
class ScreenAnswer:
    """What one screen made of a call; ``shown`` None: it did not show it (yet)."""

    name: str
    state: str
    sound: str | None
    last_seen_at: datetime | None
    shown: ShownCall | None

    def words(self, timezone: str) -> str:
        """Return the answer as a desk reads it: a mark, the screen, what was."""
        if self.shown is not None:
            heard = "spoken" if self.shown.spoken else _silence(self.sound)
            mark = "✓" if self.shown.spoken or self.sound != "blocked" else "!"
            took = f"{self.shown.shown_ms / 1000:.1f} s"
            return f"{mark} {self.name} {took}{', ' if heard else ''}{heard}"
        if self.state != "live" and self.last_seen_at is not None:
            return f"✗ {self.name} not seen since {local_hm(self.last_seen_at, timezone)}"
        if self.sound == "blocked":
            return f"! {self.name} sound blocked"
        return f"… {self.name}"


def _silence(sound: str | None) -> str:
    return {"blocked": "sound blocked", "off": "sound off"}.get(sound or "", "")


@dataclass(frozen=True, slots=True)
class CallAnswers:
    """A call and what each screen that should show it made of it."""

    call_id: int
    token: str
    called_at: datetime
    seconds: float
    timezone: str
    screens: tuple[ScreenAnswer, ...]

    @property
    def reached(self) -> bool:
        """Return whether any screen has shown the call."""
        return any(screen.shown is not None for screen in self.screens)

    @property
    def unseen(self) -> bool:
        """Return whether it is time to worry: screens were expected to show it, none did."""
        late = self.seconds >= rules.REACHED_WITHIN_SECONDS
        return late and bool(self.screens) and not self.reached

    def words(self) -> str:
        """Return the line that the desk shows."""
        return " · ".join(screen.words(self.timezone) for screen in self.screens)

    def as_json(self) -> dict[str, object]:
        """Return the answers for programs."""
        return {
            "call_id": self.call_id,
            "token": self.token,
            "called_at": iso(self.called_at),
            "reached": self.reached,
            "screens": [
                {
                    "name": one.name,
                    "state": one.state,
                    "sound": one.sound,
                    "shown_ms": None if one.shown is None else one.shown.shown_ms,
                    "spoken": one.shown is not None and one.shown.spoken,
                }
                for one in self.screens
            ],
        }


def call_answers(work: Work, actor: Actor, token_id: int) -> CallAnswers | None:
    """Return what the screens of its zone made of the token's last call.

    Screens that are expected: those that show its queue, were seen within a day
    and are not revoked.  None when the token was not called lately.

    Raises:
        NotPermitted: the actor may not see the screens.
    """
    actor.require("displays.see")
    call = queries.call_of_token(work.db, token_id)
    token = tokens.token_by_id(work.db, token_id)
    if call is None or token is None or token.hospital_id != actor.hospital_id:
        return None
    shown = queries.shown_calls(work.db, call.call_id)
    found = [
        ScreenAnswer(view.name, view.state, view.sound, view.last_seen_at, shown.get(view.id))
        for view in _screens(work, actor)
        if view.id in shown or _expected(work, view, token.queue)
    ]
    seconds = (work.now - call.at).total_seconds()
    zone = work.settings.hospital.timezone
    return CallAnswers(call.call_id, call.code, call.at, seconds, zone, tuple(found))


def list_screens(work: Work, actor: Actor) -> list[ScreenView]:
    """Return every screen and how it is, by name.

    Raises:
        NotPermitted: the actor may not see the screens.
    """
    actor.require("displays.see")
    return _screens(work, actor)


def _screens(work: Work, actor: Actor) -> list[ScreenView]:
    return queries.all_screens(work.db, work.now, actor.hospital_id, work.settings.display)


def _expected(work: Work, view: ScreenView, queue: str) -> bool:
    if view.state == "revoked" or view.last_seen_at is None:
        return False
    if work.now - view.last_seen_at > rules.EXPECTED_FOR:
        return False
    return view.zone is None or queue.upper() in (
        code.upper() for code in work.settings.zones.get(view.zone, ())
    )
