"""The screen that every screen is: title, body, message line, key bar, and how it runs use cases.

A screen says what can be done on it in ``ACTIONS``, gives its widgets in
``compose_body``, loads what it shows in ``load`` (called on opening and whenever
something changed that ``concerns`` it), and runs what a key started with
``perform``.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.message import Message
from textual.screen import ModalScreen, Screen

from hms.kernel.errors import HmsError, NotSignedIn
from hms.kernel.i18n import phrase, tr
from hms.kit.keybar import KeyBar
from hms.kit.tui_actions import Action, merged
from hms.kit.tui_bars import SMALLEST, WIDE, MessageLine, TitleBar, TooSmall
from hms.kit.tui_loading import Loader

if TYPE_CHECKING:
    from hms.kit.tui_app import HmsApp

R = TypeVar("R")

HELP = Action("f1", "Help", "Help for this screen", "help", "Shows what each key does here.")
PALETTE = Action(
    "ctrl+p", "Find", "Find an action by name", "palette", "Type some letters of what you want."
)
LEAVE = Action("escape", "Back", "Go back", "leave", "Closes this; what you typed is kept.")


class HospitalChanged(Message):
    """Somebody changed something; every open screen gets it.

    ``topics`` are the ids of the queues it touched (0: the whole hospital),
    ``kinds`` the names of the events.
    """

    bubble = False

    def __init__(self, topics: frozenset[int], kinds: frozenset[str]) -> None:
        super().__init__()
        self.topics = topics
        self.kinds = kinds


class Faceplate:
    """What screens and modals have in common."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    all_actions: ClassVar[tuple[Action, ...]] = ()
    TITLE_TEXT: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""
    ASKS_PASSWORD: ClassVar[bool] = False  # shows a wrong password itself

    def __init_subclass__(cls, **kw: Any) -> None:
        """Collect the actions of all bases and make them key bindings."""
        groups = [vars(base).get("ACTIONS", ()) for base in reversed(cls.__mro__)]
        cls.all_actions = merged(*groups)
        cls.BINDINGS = [a.binding() for a in vars(cls).get("ACTIONS", ()) if a.key]  # type: ignore[attr-defined]
        super().__init_subclass__(**kw)

    @property
    def host(self) -> HmsApp:
        """Return the app."""
        return self.app  # type: ignore[attr-defined,no-any-return]

    def title_text(self) -> str:
        """Return the name of the screen or dialog."""
        return self.TITLE_TEXT

    def help_text(self) -> str:
        """Return what F1 says before it names the keys."""
        return self.HELP_TEXT

    def actions(self) -> tuple[Action, ...]:
        """Return what this person can do here, the screen's own first."""
        return tuple(a for a in self.all_actions if self.host.may(a.permission))

    def act(self, action: Action) -> None:
        """Do ``action``, as its key would."""
        doer = self if hasattr(self, f"action_{action.name}") else self.host
        getattr(doer, f"action_{action.name}")()

    def enabled(self, _action: Action) -> bool:
        """Return whether ``action`` makes sense right now; otherwise the key bar shows it pale."""
        return True

    def redraw_keys(self) -> None:
        """Draw the key bar again: what is enabled has changed."""
        self.query_one(KeyBar).again()  # type: ignore[attr-defined]

    def say(self, text: str, tone: str = "") -> None:
        """Answer the person in the message line; ``tone`` is "", "good", "warn" or "bad"."""
        if not self.is_attached:  # type: ignore[attr-defined]
            top: object = self.host.screen
            if top is not self:  # it was closed meanwhile
                self.host.say(text, tone)
            return  # the console itself is being closed: nobody reads on
        for line in self.query(MessageLine):  # type: ignore[attr-defined]
            line.say(text, tone)

    def say_over(self, text: str) -> None:
        """Warn over what the message line says; without ``text`` that stands there again."""
        for line in self.query(MessageLine):  # type: ignore[attr-defined]
            line.say_over(text)

    def show_error(self, error: HmsError) -> None:
        """Show what was refused; a screen with a form shows it beside the field."""
        hint = f" — {tr(error.hint)}" if error.hint else ""
        self.say(phrase("{tr}{hint}", tr=tr(error.message), hint=hint), "warn")

    async def do(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a use case that changes something and return its view.

        Raises:
            HmsError: what it refused, or that its outcome had to be looked up.
        """
        return await self.host.run_use_case(use_case, *args, **kw)

    async def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a read-only use case and return its view."""
        return await self.host.run_query(use_case, *args, **kw)

    def perform(self, work: Coroutine[Any, Any, None]) -> None:
        """Run what a key started; later keys wait until it is done, errors are shown.

        What comes of it may open a screen: no key typed meanwhile can go astray.
        """
        self.host.perform(self, work)

    def action_help(self) -> None:
        """Open the help of this screen."""
        self.host.open_help(self)

    def action_palette(self) -> None:
        """Open the list of everything that can be done here."""
        self.host.open_palette(self)


class HmsScreen(Faceplate, Screen[R]):
    """A whole screen."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (HELP, PALETTE)
    DEFAULT_CSS = """
    HmsScreen { layout: vertical; background: $hms-bg; color: $hms-text; }
    HmsScreen > #body { height: 1fr; width: 100%; }
    HmsScreen.-too-small > * { display: none; }
    HmsScreen.-too-small > TooSmall { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.loader = Loader(self.load, self._load_failed)

    def compose(self) -> ComposeResult:
        """Lay out title, body, message line and key bar."""
        yield TitleBar(self.title_text())
        with Vertical(id="body"):
            yield from self.compose_body()
        yield MessageLine()
        yield KeyBar(self.actions(), self.enabled)
        yield TooSmall()

    def compose_body(self) -> ComposeResult:
        """Give the widgets of the body."""
        yield from ()

    def actions(self) -> tuple[Action, ...]:
        """Return what this person can do here and everywhere."""
        return merged(super().actions(), self.host.everywhere())

    async def load(self) -> None:
        """Load and show what this screen shows."""

    def concerns(self, _change: HospitalChanged) -> bool:
        """Return whether ``change`` may have altered what this screen shows."""
        return True

    def on_mount(self) -> None:
        """Load for the first time; keys typed ahead wait for what they are meant for.

        Textual calls ``on_mount`` of every class of a screen: do not call it by ``super``.
        """
        self.loader.ask()
        self.host.perform(self, self.loader.fresh(), once=False)

    def on_unmount(self) -> None:
        """Stop loading."""
        self.loader.stop()

    def on_hospital_changed(self, change: HospitalChanged) -> None:
        """Load again when the change concerns this screen."""
        if self.concerns(change):
            self.loader.ask()

    def on_resize(self, event: Resize) -> None:
        """Use the room there is: one pane, two panes, or a polite line."""
        width, height = event.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-too-small")
        self.set_class(width >= WIDE, "-wide")

    def _load_failed(self, error: Exception) -> None:
        if isinstance(error, NotSignedIn):
            self.host.session_over(error)
        elif isinstance(error, HmsError):
            self.show_error(error)
        else:
            self.host.report_failure(error, self)


class HmsModal(Faceplate, ModalScreen[R]):
    """A dialog over a screen; its own key bar covers the screen's."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (HELP, LEAVE)
    DEFAULT_CSS = """
    HmsModal { align: center middle; background: $hms-bg 60%; }
    HmsModal > #dialog {
        width: 64; max-width: 100%; height: auto; max-height: 100%;
        padding: 1 2; background: $hms-panel; color: $hms-text; border: round $hms-rule;
    }
    HmsModal > KeyBar { dock: bottom; }
    HmsModal MessageLine { height: auto; min-height: 1; max-height: 3; }
    """

    def compose(self) -> ComposeResult:
        """Lay out the dialog and its keys."""
        with Vertical(id="dialog"):
            yield from self.compose_body()
            yield MessageLine()
        yield KeyBar(self.actions(), self.enabled)

    def compose_body(self) -> ComposeResult:
        """Give the widgets of the dialog."""
        yield from ()

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)
