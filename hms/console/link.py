"""From the console to the use cases: opened in a thread while the first screen paints."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hms.kernel import clock
from hms.kernel.actor import Role
from hms.kernel.errors import NotSignedIn, Unavailable
from hms.kernel.i18n import tr, word

if TYPE_CHECKING:
    from hms.bootstrap import Application
    from hms.infra.second_factor import Enrolment
    from hms.infra.sessions import SignedIn
    from hms.infra.settings import Settings

CONFIRM_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits at the console."""

    login: str
    full_name: str
    role: Role
    permissions: frozenset[str]

    @property
    def shown(self) -> str:
        """Return name and role as the title bar shows them."""
        return f"{self.full_name or self.login} · {tr(word(self.role.value.replace('_', ' ')))}"


class Link:
    """Runs use cases for whoever is signed in, and keeps their session alive.

    Satisfies ``hms.kit.tui_app.Hospital``.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.person: Person | None = None
        self._who: SignedIn | None = None
        self._opening: asyncio.Task[Application] | None = None
        self._refreshing = asyncio.Lock()

    def open(self) -> None:
        """Begin to open the database; who needs it first waits for it."""
        if self._opening is None:
            self._opening = asyncio.create_task(asyncio.to_thread(_open, self.settings))

    async def application(self) -> Application:
        """Return the application.

        Raises:
            HmsError: the database cannot be opened; asking again tries again.
        """
        self.open()
        assert self._opening is not None
        try:
            return await asyncio.shield(self._opening)
        except Exception:
            self._opening = None
            raise

    async def sign_in(
        self, login: str, password: str, new_password: str | None = None, code: str | None = None
    ) -> Person:
        """Sign in and become that person; whoever was signed in before is signed out.

        Raises:
            WrongPassword, WrongCode, TooManyTries: not with these, or not now.
            NewPasswordDue: it is a one-time secret; come again with a new password.
            CodeDue, FactorDue: come again with a code; a factor that is due comes with it.
        """
        from hms.features.staff import service as staff
        from hms.infra.session_file import terminal_name

        application = await self.application()
        place = terminal_name()
        who = await staff.sign_in(application.db, login, password, place, new_password, code)
        await self.sign_out()
        self._who = who
        profile = await self.ask(staff.who_am_i)
        self.person = Person(
            profile.name, profile.full_name, profile.role, frozenset(profile.permissions)
        )
        return self.person

    async def confirm(self, password: str) -> None:
        """Check that whoever is signed in is at the keyboard.

        Raises:
            WrongPassword, TooManyTries: not with this password, or not now.
            NotSignedIn: the session is over.
        """
        from hms.features.staff import service as staff

        application = await self.application()
        await staff.confirm_password(application.db, await self._signed_in(), password)

    async def change_password(self, old: str, new: str) -> None:
        """Change one's own password.

        Raises:
            WrongPassword, WeakPassword: the old one is wrong, or the new one will not do.
        """
        from hms.features.staff import service as staff

        application = await self.application()
        await staff.change_password(application.db, await self._signed_in(), old, new)

    async def offer_second_factor(self, password: str) -> Enrolment:
        """Make a second factor for whoever is signed in.

        Raises:
            WrongPassword, TooManyTries: not with this password, or not now.
        """
        from hms.features.staff import service as staff

        application = await self.application()
        return await staff.offer_second_factor(application.db, await self._signed_in(), password)

    async def confirm_second_factor(self, code: str) -> None:
        """Let the second factor that was made count.

        Raises:
            WrongCode, TooManyTries: not with this code, or not now.
        """
        from hms.features.staff import service as staff

        application = await self.application()
        await staff.confirm_second_factor(application.db, await self._signed_in(), code)

    async def remove_second_factor(self, password: str, code: str | None) -> None:
        """Remove one's own second factor.

        Raises:
            WrongPassword, WrongCode, TooManyTries: not with these, or not now.
            CodeDue: come again with a code.
        """
        from hms.features.staff import service as staff

        application = await self.application()
        who = await self._signed_in()
        await staff.remove_second_factor(application.db, who, password, code)

    async def sign_out(self) -> None:
        """End the session; nobody is signed in any more."""
        who, self._who, self.person = self._who, None, None
        if who is None:
            return
        from hms.features.staff import service as staff

        application = await self.application()
        try:
            await application.do(who, staff.sign_out)
        except (NotSignedIn, Unavailable):
            return  # it was over, or ends by itself

    async def do(self, use_case: Any, *args: Any, op_id: str, **kw: Any) -> Any:
        """Run a use case that changes something."""
        application = await self.application()
        return await application.do(await self._signed_in(), use_case, *args, op_id=op_id, **kw)

    async def ask(self, use_case: Any, *args: Any, **kw: Any) -> Any:
        """Run a read-only use case."""
        application = await self.application()
        return await application.ask(await self._signed_in(), use_case, *args, **kw)

    async def was_done(self, op_id: str) -> bool:
        """Return whether the operation was committed; False also when that cannot be found out."""
        application = await self.application()
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                return await application.db.outcome(op_id) is not None
        except (Unavailable, TimeoutError):
            return False

    def may(self, permission: str) -> bool:
        """Return whether whoever is signed in holds ``permission``."""
        return self.person is not None and permission in self.person.permissions

    @property
    def seat(self) -> tuple[str, str] | None:
        """Return the login name and the terminal of whoever is signed in."""
        return None if self._who is None else (self._who.name, self._who.terminal)

    @property
    def session_seconds(self) -> float:
        """Return how long the session still lasts, however busy the desk is."""
        if self._who is None:
            return math.inf
        return (self._who.session_expires - clock.now()).total_seconds()

    async def close(self) -> None:
        """Sign out and close the database."""
        if self._opening is None:
            return
        try:
            application = await self._opening
        except Exception:  # noqa: BLE001 it never opened: nothing to close
            return
        await self.sign_out()
        await application.close()

    async def _signed_in(self) -> SignedIn:
        from hms.features.staff import service as staff

        async with self._refreshing:
            if self._who is None:
                raise NotSignedIn("nobody is signed in here")
            if not staff.is_fresh(self._who):
                application, who = await self.application(), self._who
                fresh = await staff.refresh(application.db, who, who.terminal)
                if self._who is not who:  # signed out meanwhile, or another person has taken over
                    raise NotSignedIn("nobody is signed in here")
                self._who = fresh
            return self._who


def _open(settings: Settings) -> Application:
    from hms.bootstrap import open_application
    from hms.features.patients import service as _patients  # noqa: F401 (loaded in this thread,
    from hms.features.staff import service as _staff  # noqa: F401  so that the first desk
    from hms.features.tokens import service as _tokens  # noqa: F401  opens without a pause)

    return open_application(settings=settings)
