"""The app below the console: key gate, panic handler, themes, and the command runner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from rich.console import RenderableType
from rich.segment import Segment, Segments
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen

from hms.kernel import clock, ids
from hms.kernel.errors import HmsError, NotSignedIn, Unavailable
from hms.kernel.i18n import phrase, tr_phrase
from hms.kit.base import Faceplate, HospitalChanged
from hms.kit.cells import measure_as_terminals_do
from hms.kit.drafts import DraftStore
from hms.kit.keygate import KeyGate, Typed
from hms.kit.local_dates import weekday_date
from hms.kit.theme import DEFAULT_THEME, PALETTES, themes, variables
from hms.kit.tui_actions import Action
from hms.kit.tui_memory import let_go_of_closed_screens
from hms.kit.tui_panic import record_failure, sentence


class Hospital(Protocol):
    """The way to the use cases for whoever is signed in."""

    async def do(self, use_case: Any, *args: Any, op_id: str, **kw: Any) -> Any:
        """Run a use case that changes something."""
        ...

    async def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a read-only use case."""
        ...

    async def was_done(self, op_id: str) -> bool:
        """Return whether the operation was committed."""
        ...

    def may(self, permission: str) -> bool:
        """Return whether whoever is signed in holds ``permission``."""
        ...


class DoneAfterAll(HmsError):
    """The answer was lost on the way, but the operation had been done."""

    code = "console.done_after_all"


class HmsApp(App[None], inherit_bindings=False):
    """Base of the console's app.

    ``person`` and ``place`` stand in the title bar, ``owner`` names whose drafts
    are read and written; ``log_folder`` gets the traces of faults.  ``here`` is who gave
    a sign at a desk lately (terminals by login name), None while that is not known.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS = ""
    THEMES: ClassVar[tuple[str, ...]] = tuple(PALETTES)

    person = ""
    place = ""
    owner = ""
    time_zone = "UTC"
    here: Mapping[str, tuple[str, ...]] | None = None

    def __init__(self, *, log_folder: Path | None = None, drafts: DraftStore | None = None) -> None:
        measure_as_terminals_do()
        super().__init__()
        let_go_of_closed_screens()
        self.gate = KeyGate(self)
        self.log_folder = log_folder
        self.drafts = drafts
        if drafts is not None:
            drafts.tell = self._say_once_drawn
        self.hospital: Hospital | None = None
        self._performing: set[asyncio.Task[None]] = set()
        for theme in themes():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our colour names, so that CSS may use them under any theme."""
        return variables(PALETTES[DEFAULT_THEME])

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver, or ours in the place of that for a terminal."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from hms.kit.tui_line import LastingDriver

        return LastingDriver

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Return the screens that are seen through the current one: none where it is opaque.

        Textual asks only those below whether they are.  It would paint the whole screen
        anew whenever anything happens on the covered one: thrice for every token given out.
        """
        if self._screen_stack and self._screen_stack[-1].styles.background.a == 1:
            return []
        return super()._background_screens

    async def on_unmount(self) -> None:
        """Leave nothing half-typed unwritten; Textual calls this besides a subclass's own."""
        self.gate.close()
        if self.drafts is not None:
            self.drafts.flush()

    # -- keys -------------------------------------------------------------

    def post_message(self, message: Message) -> bool:
        """Post ``message``; what the terminal typed goes through the gate first."""
        if isinstance(message, events.InputEvent) and not message.is_forwarded:
            self.typed()
        if isinstance(message, events.Key | events.Paste) and not message.is_forwarded:
            return self.gate.arrive(message)
        return super().post_message(message)

    def hand_over(self, event: Typed) -> bool:
        """Let the app have a key or paste that has passed the gate."""
        return super().post_message(event)

    async def on_event(self, event: events.Event) -> None:
        """Deal with ``event``; a key struck as the app ends finds no screen any more."""
        if self._screen_stack or not isinstance(event, events.InputEvent):
            await super().on_event(event)

    @property
    def pumps(self) -> list[MessagePump]:
        """Return the way of a key: focused widget, its ancestors, screen, app."""
        if not self._screen_stack:
            return [self]
        start = self.screen.focused or self.screen
        return list(start.ancestors_with_self)

    def typed(self) -> None:
        """Note that somebody is at the keyboard."""

    def scanned(self, code: str) -> None:
        """Take a scanned code."""

    def repeat_ignored(self, key: str) -> None:
        """Say why the second stroke of ``key`` did nothing."""
        self.say(phrase("{key} struck twice: done once.", key=key.upper()))

    # -- use cases ----------------------------------------------------------

    def may(self, permission: str) -> bool:
        """Return whether whoever is signed in may do this; everybody may do what has no name."""
        return not permission or (self.hospital is not None and self.hospital.may(permission))

    async def run_use_case(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a use case under a new operation id and return its view.

        Raises:
            HmsError: what it refused.
            DoneAfterAll: the connection broke, and it turned out that it was done.
        """
        assert self.hospital is not None
        op_id = ids.op_id()
        try:
            return await self.hospital.do(use_case, *args, op_id=op_id, **kw)
        except Unavailable:
            if await self.hospital.was_done(op_id):
                raise DoneAfterAll("the connection broke, but it was done") from None
            raise

    async def run_query(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a read-only use case."""
        assert self.hospital is not None
        return await self.hospital.ask(use_case, *args, **kw)

    def perform(
        self, face: Faceplate, work: Coroutine[Any, Any, None], *, once: bool = True
    ) -> None:
        """Run ``work`` in a task of its own while the gate keeps later keys back.

        ``once``: the key that led here, struck twice by a slip, does it once.
        """
        hold = self.gate.hold(once=once)
        hold.__enter__()
        task = asyncio.create_task(self._performed(face, work))
        self._performing.add(task)

        def done(ended: asyncio.Task[None]) -> None:
            self._performing.discard(ended)
            hold.__exit__(None, None, None)

        task.add_done_callback(done)

    async def _performed(self, face: Faceplate, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            return
        except DoneAfterAll as known:
            face.say(known.message, "good")
        except NotSignedIn as error:
            if face.ASKS_PASSWORD:
                face.show_error(error)
            else:
                self.session_over(error, face)
        except HmsError as error:
            face.show_error(error)
        except Exception as error:  # noqa: BLE001 a fault of ours must not take the desk away
            self.report_failure(error, face)
        self.gate.allow_again()  # nothing was done: the same key may be struck at once

    def session_over(self, error: HmsError, face: Faceplate | None = None) -> None:
        """Tell that the session has ended; the console locks itself then."""
        (face or self).say(error.message, "warn")

    def everywhere(self) -> tuple[Action, ...]:
        """Return the actions that every screen offers besides its own."""
        return ()

    def tell_changed(self, change: Callable[[], HospitalChanged]) -> None:
        """Tell every open screen that something changed."""
        for screen in self.screen_stack:
            screen.post_message(change())

    # -- faults ---------------------------------------------------------------

    def report_failure(self, error: Exception, face: Faceplate) -> None:
        """Log a fault that the console survives, and tell its id."""
        error_id = record_failure(error, self.log_folder)
        face.say(
            phrase(
                "That did not work: an unexpected error, id {error_id}. You can go on.",
                error_id=error_id,
            ),
            "bad",
        )

    def panic(self, *_renderables: RenderableType) -> None:
        """End with an error id; what was to be printed could name a patient."""
        self._end_with(record_failure(RuntimeError("panic"), self.log_folder))

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 1
        if self._exception is None:
            self._end_with(record_failure(error, self.log_folder))
            self._exception = error
            first: asyncio.Event = self._exception_event
            first.set()

    def _end_with(self, error_id: str) -> None:
        self._exit_renderables.append(Segments([Segment(sentence(error_id) + "\n")]))
        self._close_messages_no_wait()

    def copy_to_clipboard(self, text: str) -> None:
        """Keep what was copied in the console.

        Textual would write it to the terminal's clipboard: a patient's name would
        leave the desk, and a far terminal be told to change something of its own.
        """
        self._clipboard = text

    def push_screen(self, *args: Any, **kw: Any) -> Any:
        """Open a screen; its result comes back through the app.

        Textual gives it to whichever pump pushed: a dialog that has closed
        meanwhile (the palette) would never hand it on.
        """
        with self._context():
            return super().push_screen(*args, **kw)

    # -- faces ------------------------------------------------------------------

    def say(self, text: str, tone: str = "") -> None:
        """Say something in the message line of the screen one is on."""
        if isinstance(self.screen, Faceplate):
            self.screen.say(text, tone)

    def _say_once_drawn(self, text: str) -> None:
        self.call_after_refresh(self.say, text, "warn")

    def clock_text(self) -> str:
        """Return date and time of the hospital for the title bar."""
        local: datetime = clock.now().astimezone(clock.zone(self.time_zone))
        return f"{tr_phrase(weekday_date(local))}  {local:%H:%M}"

    def open_help(self, face: Faceplate) -> None:
        """Open the help of ``face``."""
        from hms.kit.modals import HelpFor

        self.push_screen(HelpFor(face))

    def open_palette(self, face: Faceplate) -> None:
        """Open the palette of ``face``."""
        from hms.kit.modals import Palette

        self.push_screen(Palette(face))

    def next_theme(self) -> str:
        """Change to the next theme and return its name."""
        names = list(self.THEMES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        return self.theme
