"""One command being run: what was asked of it, and the application that it opens."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hms.kernel.feature import load

if TYPE_CHECKING:
    from hms.infra.db import Database
    from hms.infra.settings import Settings

T = TypeVar("T")


class Application(Protocol):
    """What a command needs of the wired application; ``who`` is a signed-in session."""

    @property
    def settings(self) -> Settings:
        """Return the settings it was opened with."""
        ...

    @property
    def db(self) -> Database:
        """Return the database, for what runs without a session (sign-in, init)."""
        ...

    def do_now(
        self, who: Any, use_case: Callable[..., T], *args: Any, op_id: str | None = None, **kw: Any
    ) -> T:
        """Run a use case that changes data."""
        ...

    def ask_now(self, who: Any, use_case: Callable[..., T], *args: Any, **kw: Any) -> T:
        """Run a use case that only looks."""
        ...

    def close_now(self) -> None:
        """Close what is open."""
        ...


@dataclass(slots=True)
class Invocation:
    """One run of ``hms``.

    ``opener`` is a string target, ``(config, flags) -> Application``; ``session``
    one that gives who is signed in, ``(Application) -> session``, or raises
    ``NotSignedIn``.  Both are loaded at their first use only.
    """

    json: bool = False
    yes: bool = False
    config: Path | None = None
    opener: str = "hms.cli.opening:open_application"
    session: str = "hms.cli.opening:signed_in"
    _application: Application | None = None

    def settings(self) -> Settings:
        """Return the settings, without opening anything.

        Raises:
            SettingsError: the configuration cannot be used.
        """
        from hms.infra import languages
        from hms.infra.settings import load_settings

        settings = load_settings(self.config)
        languages.follow(settings.console.language)
        return settings

    def application(self) -> Application:
        """Return the application, opened at the first call.

        Raises:
            HmsError: the configuration or the database cannot be used.
        """
        if self._application is None:
            self._application = load(self.opener)(self.config)
        return self._application

    def who(self) -> Any:
        """Return who is signed in at this terminal.

        Raises:
            NotSignedIn: nobody is.
        """
        return load(self.session)(self)

    def close(self) -> None:
        """Close what this run opened."""
        opened, self._application = self._application, None
        if opened is not None:
            opened.close_now()


_current: ContextVar[Invocation] = ContextVar("invocation")


def begin(invocation: Invocation) -> None:
    """Make ``invocation`` the one that ``current`` returns."""
    _current.set(invocation)


def current() -> Invocation:
    """Return the command being run; a blank one outside of any."""
    try:
        return _current.get()
    except LookupError:
        blank = Invocation()
        _current.set(blank)
        return blank
