"""The lock: over the work, which stays as it is; the same person goes on, another takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.console.login import PasswordScreen
from hms.kernel.errors import NotSignedIn
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from hms.console.link import Person


class Lock(PasswordScreen):
    """Covers the whole screen until a password is typed.

    With the name of who was working here it opens onto their work again, in the
    field where the cursor was.  Any other name signs that person in: the work
    below is closed, its half-typed forms stay with their owner.
    """

    TITLE_TEXT = "HMS · locked"
    HELP_TEXT = (
        "Type your password to go on where you were. Somebody else types their own name over "
        "yours and takes over: your half-typed forms are kept for you."
    )

    def __init__(self, login: str, *, switching: bool = False, why: str = "") -> None:
        super().__init__()
        self._login = login
        self._why = why
        self._switching = switching

    def line(self) -> str:
        """Return why the console is covered."""
        return (
            phrase("Who takes over from {name}?", name=self._login)
            if self._switching
            else phrase("Locked by {name}", name=self._login)
        )

    def on_mount(self) -> None:
        """Ask for the password of whoever was working here, or for another's name."""
        self.blank("" if self._switching else self._login)
        self.call_after_refresh(self.say, self._why, "warn")

    async def check(
        self, name: str, password: str, new: str | None, code: str | None
    ) -> Person | None:
        """Confirm whose desk it is, or sign another person in."""
        link = self.console.link
        if name.casefold() != self._login.casefold():
            return await link.sign_in(name, password, new, code)
        try:
            await link.confirm(password)
        except NotSignedIn as over:
            if over.code == "session.wrong_password":
                raise
            await link.sign_in(name, password, new, code)  # the session was over: a new one
        return None

    def go_in(self, person: Person | None) -> None:
        """Open the lock, or let another person take over."""
        if person is None:
            self.console.unlock(self)
        else:
            self.console.take_over(person)
