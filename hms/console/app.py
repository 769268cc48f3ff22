"""The console's app: sign-in, desks, lock, and what every screen shares."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from hms.console.desks import desk_for
from hms.console.link import Link, Person
from hms.console.listener import follow
from hms.console.lock import Lock
from hms.console.login import Demo, PasswordScreen, SignIn
from hms.console.palette import EVERYWHERE
from hms.console.printer import OwnPrinter
from hms.console.watch import LOOK_SECONDS, Watch
from hms.infra import languages
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase
from hms.kit.base import Faceplate, HmsScreen, HospitalChanged
from hms.kit.drafts import DraftStore
from hms.kit.scanner import CodeKind, kind_of
from hms.kit.tui_actions import Action
from hms.kit.tui_app import HmsApp
from hms.kit.tui_memory import search_in_short_steps
from hms.kit.tui_panic import nothing_on_the_terminal

if TYPE_CHECKING:
    from hms.infra.settings import Settings

RETRY_SECONDS = 1.0
SLOWEST_DRAWING = 2.0  # seconds; a screen that is closed meanwhile draws nothing


class Console(HmsApp):
    """The whole console; ``idle_seconds`` without a key or click lock it."""

    TITLE = "HMS"
    BINDINGS: ClassVar[list[BindingType]] = [a.binding() for a in EVERYWHERE if a.key]

    def __init__(
        self, settings: Settings, *, demo: Demo | None = None, idle_seconds: float | None = None
    ) -> None:
        state = state_folder(settings)
        super().__init__(log_folder=state, drafts=DraftStore(state / "drafts"))
        self.link = Link(settings)
        self.hospital = self.link
        self.place = settings.hospital.name
        self.time_zone = settings.hospital.timezone
        self._demo = demo
        self._watch = Watch(self, idle_seconds or settings.security.lock_minutes * 60.0)
        self._follower: asyncio.Task[None] | None = None
        self._presence: asyncio.Task[None] | None = None
        self._seat_changed: Callable[[], None] = lambda: None
        self._printer = OwnPrinter(self.link)
        self.entering: Callable[[], None] = lambda: None  # called before a desk is opened

    # -- coming and going -----------------------------------------------------

    def on_mount(self) -> None:
        """Show the sign-in; the database is opened once it is painted."""
        self.push_screen(SignIn(self._demo))
        self.call_after_refresh(self._prepare)
        self.typed()
        self.set_interval(LOOK_SECONDS, self._watch.look)
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(signal.SIGHUP, self.exit)  # the line was dropped
            loop.add_signal_handler(signal.SIGTERM, self.exit)

    def _prepare(self) -> None:
        self.link.open()
        self._follower = asyncio.create_task(self._follow(), name="listener")
        if self.link.settings.redis.url:
            self._presence = asyncio.create_task(self._be_here(), name="presence")
        self._printer.start()

    async def _follow(self) -> None:
        while True:
            try:
                application = await self.link.application()
                await follow(application, self._tell, self._reach, self._drawn)
            except HmsError as error:
                self.say(
                    phrase("{message} — {hint}", message=error.message, hint=error.hint), "bad"
                )
                await asyncio.sleep(RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 told once, then tried again
                self.report_failure(error, self._face())
                await asyncio.sleep(RETRY_SECONDS)

    async def _be_here(self) -> None:
        """Let the other desks know who sits here, and hear who sits there."""
        from hms.infra.presence import Presence

        def tell(here: Mapping[str, tuple[str, ...]] | None) -> None:
            self.here = here

        settings = self.link.settings
        presence = Presence(settings.redis.url, settings.hospital.code)
        self._seat_changed = presence.changed
        await presence.follow(lambda: self.link.seat, tell)

    def _reach(self, since: datetime | None) -> None:
        """Say that the database is out of reach, and when it is back; what is typed stays."""
        if since is None:
            self.say("the database is back", "good")
            for screen in self.screen_stack:
                if isinstance(screen, HmsScreen):
                    screen.loader.ask()  # what it asked for meanwhile came to nothing
            return
        at = clock.local_hm(since, self.time_zone)
        self.say(
            phrase("database unreachable since {at} — what you typed stays; trying again", at=at),
            "bad",
        )

    def _tell(self, change: HospitalChanged) -> None:
        self.tell_changed(lambda: HospitalChanged(change.topics, change.kinds))

    async def _drawn(self) -> None:
        """Wait until the screen in sight shows what it was told."""
        told, painted = asyncio.Event(), asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOWEST_DRAWING):
                screen = self.screen
                if screen.call_later(told.set):
                    await told.wait()
                if isinstance(screen, HmsScreen):
                    await screen.loader.fresh()
                if screen.call_after_refresh(painted.set):
                    await painted.wait()

    async def action_quit(self) -> None:
        """Leave HMS."""
        self.exit()

    async def on_unmount(self) -> None:
        """Sign out and close the database."""
        for task in (self._follower, self._presence):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._printer.close()
        await self.link.close()

    # -- who works here -------------------------------------------------------

    def enter(self, person: Person) -> None:
        """Open the desk of ``person``, who has just signed in."""
        self.person = person.shown
        self.owner = person.login
        self._seat_changed()
        desk = desk_for(person.role)
        self.entering()
        self.push_screen(desk)

    def take_over(self, person: Person) -> None:
        """Close all of the last person's screens and open the desk of ``person``."""
        self._back_to_sign_in()
        self.enter(person)

    def unlock(self, lock: Lock) -> None:
        """Go on where the work was covered."""
        if self.link.person is not None:
            self.person = self.link.person.shown
        lock.dismiss(None)

    def session_over(self, error: HmsError, _face: Faceplate | None = None) -> None:
        """Cover the work: its session has ended, a password opens a new one."""
        self.action_lock(error.message)

    def _back_to_sign_in(self) -> None:
        if self.drafts is not None:
            self.drafts.flush()
        while not isinstance(self.screen, SignIn):
            self.pop_screen()
        self.person = ""
        self.owner = ""
        self.copy_to_clipboard("")  # what one person copied, the next cannot paste

    # -- what every screen offers -------------------------------------------------

    @property
    def at_the_door(self) -> bool:
        """Return whether the screen asks for a password: nothing else works then."""
        return not self.owner or any(isinstance(s, PasswordScreen) for s in self.screen_stack[2:])

    @property
    def session_seconds(self) -> float:
        """Return how long the session of whoever works here still lasts."""
        return self.link.session_seconds

    def everywhere(self) -> tuple[Action, ...]:
        """Return what every screen of a signed-in person offers."""
        return () if self.at_the_door else EVERYWHERE

    def action_lock(self, why: str = "") -> None:
        """Cover the work; ``why`` is said on the lock."""
        if not self.at_the_door:
            self.person = ""
            self.push_screen(Lock(self.owner, why=why))

    def action_switch_person(self) -> None:
        """Cover the work and ask who takes over."""
        if not self.at_the_door:
            self.person = ""
            self.push_screen(Lock(self.owner, switching=True))

    def action_change_theme(self) -> None:
        """Change to the next theme."""
        name = self.next_theme()
        self.say(phrase("Colours: {theme}", theme=name.removeprefix("hms-").replace("-", " ")))

    def action_sign_out(self) -> None:
        """End the session and show the sign-in."""
        if not self.at_the_door:
            self._back_to_sign_in()
            self.perform(self._face(), self.link.sign_out())

    def action_own_password(self) -> None:
        """Ask for the old and a new password."""
        from hms.console.password import OwnPassword

        self.push_screen(OwnPassword())

    def action_my_sessions(self) -> None:
        """Show where one is signed in."""
        from hms.features.staff.screens.sessions import SessionsDialog

        self.push_screen(SessionsDialog())

    def action_my_factor(self) -> None:
        """Set up or remove one's own second factor."""
        from hms.console.own_factor import OwnFactor

        self.push_screen(OwnFactor())

    def action_quit_console(self) -> None:
        """Leave HMS."""
        self.exit()

    # -- keyboard and scanner -----------------------------------------------------

    def typed(self) -> None:
        """Note that somebody is here."""
        self._watch.typed()

    def scanned(self, code: str) -> None:
        """Give a scanned code to the topmost screen that takes one, closing dialogs above it."""
        if self.at_the_door:
            return
        self.typed()
        for screen in reversed(self.screen_stack):
            take: Any = getattr(screen, "take_scan", None)
            if take is None:
                continue
            while self.screen is not screen:
                self.pop_screen()
            take(kind_of(code), code)
            return
        self.say("A code was scanned, but this desk does nothing with it.")

    def _face(self) -> Faceplate:
        screen = self.screen
        assert isinstance(screen, Faceplate)
        return screen


def state_folder(settings: Settings) -> Path:
    """Return where drafts and the error log lie: beside the data, for its owner only."""
    return settings.data_dir / "state"


def run(settings: Settings, plain: bool = False, demo: Demo | None = None) -> int:
    """Run the console until its user leaves; return the exit code of the process.

    ``plain`` asks line by line instead of drawing screens, as it does without a
    terminal that can draw; ``demo`` is shown on the sign-in screen.
    """
    languages.follow(settings.console.language)
    if plain or not can_draw():
        from hms.console.plain import run_plain

        return run_plain(settings)
    console = Console(settings, demo=demo)
    console.entering = search_in_short_steps
    with nothing_on_the_terminal(state_folder(settings)):
        console.run()
    return console.return_code or 0


def can_draw() -> bool:
    """Return whether input and output are a terminal that can place text."""
    ends = (sys.stdin, sys.stdout)
    return all(end.isatty() for end in ends) and os.environ.get("TERM") not in ("", "dumb")


__all__ = ["CodeKind", "Console", "Demo", "run", "state_folder"]
