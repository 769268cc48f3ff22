"""Users: who may work here, in which role, and where they are signed in now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from hms.features.staff import service
from hms.features.staff.queries.views import UserView
from hms.features.staff.screens.secret import SecretOnce
from hms.features.staff.screens.sessions import SessionsDialog
from hms.infra.passwords import off_loop, one_time_secret
from hms.infra.uow import Work
from hms.kernel.actor import STAFF_ROLES, Actor, Role
from hms.kernel.i18n import Phrase, phrase, word
from hms.kit.forms import Field
from hms.kit.live_table import Column, Row
from hms.kit.modals import Item, Pick
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog
from hms.kit.tui_list import Fact, ListPanel

SETTLED_AFTER = timedelta(seconds=15)


def role_word(role: str) -> Phrase:
    """Return a role as a desk says it."""
    return word(role.replace("_", " "))


ROLE_OPTIONS = tuple((role.value, role_word(role.value)) for role in STAFF_ROLES)


@dataclass(frozen=True, slots=True)
class UserHere:
    """A user and the terminals at which they are signed in now.

    ``settled``: for so long that their desk had the time to give a sign.
    """

    user: UserView
    terminals: tuple[str, ...]
    settled: bool = True


def users_here(work: Work, actor: Actor) -> list[UserHere]:
    """Return all users, each with where they are signed in."""
    here = service.who_is_here(work, actor)
    settled = service.who_is_here(work, actor, work.now - SETTLED_AFTER)
    return [
        UserHere(user, here.get(user.id, ()), user.id in settled)
        for user in service.list_users(work, actor)
    ]


class UsersPanel(ListPanel[UserHere]):
    """Users of the hospital."""

    TITLE_TEXT = "Users"
    HELP_TEXT = (
        "Who may work here. A new user, and one who forgot the password, gets a one-time secret, "
        "shown once; nobody chooses another's password. A disabled user is out at once."
    )
    FIND = "name or role"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("User", 16, tone="accent"),
        Column("Full name"),
        Column("Role", 13),
        Column("State", 20),
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f2", "Role", "Give the user another role", "role", "", "users.manage"),
        Action("f3", "Add", "Add a user", "add", "Shows a one-time secret.", "users.manage"),
        Action("f4", "On/Of", "Disable the user, or enable again", "turn", "", "users.manage"),
        Action("f9", "Reset", "Give a new one-time secret", "reset",
               "Ends the user's sessions and forgives failed sign-ins.", "users.reset"),
        Action("f10", "Unlck", "Forgive failed sign-ins", "unlock", "", "users.reset"),
        Action("enter", "Where", "Show the user's sessions, end them", "sessions", "",
               "sessions.manage"),
        Action("", "", "Remove the user's second factor", "factor",
               "For who lost it; they set up another.", "users.reset"),
    )  # fmt: skip

    async def fetch(self) -> Sequence[UserHere]:
        """Return all users."""
        found: list[UserHere] = await self.ask(users_here)
        return found

    def row_of(self, item: UserHere) -> Row:
        """Return one user's row."""
        user = item.user
        word, tone = state_of(item, self.host.here)
        role = role_word(user.role.value)
        return Row(user.id, (user.name, user.full_name, role, word), tone=tone)

    def facts_of(self, item: UserHere) -> tuple[str, Sequence[Fact]]:
        """Return what is known of the user."""
        user = item.user
        word, tone = state_of(item, self.host.here)
        return user.full_name or user.name, (
            ("signs in as", user.name, ""),
            ("role", role_word(user.role.value), ""),
            ("state", word, tone),
            ("signed in at", ", ".join(item.terminals), "good"),
            ("second factor", "set up" if user.second_factor else "", ""),
            ("added", f"{user.created_at:%Y-%m-%d}", ""),
        )

    def action_add(self) -> None:
        """Ask for a new user."""
        self.ask_new_user()

    def ask_new_user(self, role: Role = Role.RECEPTIONIST) -> None:
        """Ask for a new user of ``role``, which can be changed, and show their secret."""
        fields = (
            Field("name", "Signs in as", "letters, digits . _ -", max_length=64),
            Field("full name", "Full name", "as people know them", max_length=120),
            Field(
                "role", "Role", "a letter or ‹ › chooses", options=ROLE_OPTIONS, value=role.value
            ),
        )
        dialog = FormDialog("A new user", fields, self._add, draft="user-add")
        self.host.push_screen(dialog, self._show_secret)

    async def _add(self, values: Mapping[str, str]) -> service.NewSecret:
        secret = await off_loop(one_time_secret)
        command = service.AddUser(values["name"], values["role"], values["full name"])
        new: service.NewSecret = await self.do(service.add_user, command, secret)
        return new

    def action_reset(self) -> None:
        """Ask, then give a new secret."""
        item = self.chosen
        if item is not None:
            name = item.user.name
            self.confirm(
                phrase("Give {name} a new one-time secret?", name=name),
                lambda: self._reset(name),
                label="give a new secret",
                detail="Their password and their sessions end at once.",
            )

    async def _reset(self, name: str) -> None:
        secret = await off_loop(one_time_secret)
        self._show_secret(await self.do(service.reset_user, name, secret))

    def action_turn(self) -> None:
        """Ask, then disable; enable without asking."""
        item = self.chosen
        if item is None:
            return
        name = item.user.name
        if not item.user.active:
            self.perform(self._change(f"{name} may sign in again", service.enable_user, name))
            return
        self.confirm(
            phrase("Let {name} in no more?", name=name),
            lambda: self._change(f"{name} is disabled", service.disable_user, name),
            label="disable",
            detail="Their sessions end at once.",
            key="f9",
        )

    def action_unlock(self) -> None:
        """Forgive failed sign-ins."""
        item = self.chosen
        if item is not None:
            name = item.user.name
            done = f"failed sign-ins of {name} are forgiven"
            self.perform(self._change(done, service.unlock_user, name))

    def on_input_submitted(self) -> None:
        """Show the sessions of the chosen user."""
        self.action_sessions()

    def on_live_table_chosen(self) -> None:
        """Show the sessions of the chosen user."""
        self.action_sessions()

    def action_sessions(self) -> None:
        """Show where the user is signed in."""
        if self.chosen is not None and self.host.may("sessions.manage"):
            self.host.push_screen(SessionsDialog(self.chosen.user.name))

    def action_factor(self) -> None:
        """Ask, then remove the user's second factor."""
        item = self.chosen
        if item is not None:
            name = item.user.name
            done = f"the second factor of {name} is removed"
            self.confirm(
                phrase("Remove the second factor of {name}?", name=name),
                lambda: self._change(done, service.take_second_factor, name),
                label="remove it",
                detail="Be sure that it is they who ask. A short password is due for change then.",
                key="f9",
            )

    def action_role(self) -> None:
        """Choose another role."""
        item = self.chosen
        if item is None:
            return
        name = item.user.name
        items = [Item(value, label) for value, label in ROLE_OPTIONS if value != item.user.role]

        def picked(role: str | None) -> None:
            if role is not None:
                done = phrase("{name} is {role} now", name=name, role=role_word(role))
                self.perform(self._change(done, service.set_role, name, role))

        self.host.push_screen(Pick(phrase("Which role for {name}?", name=name), items), picked)

    async def _change(self, done: str, use_case: Any, *args: Any) -> None:
        await self.do(use_case, *args)
        await self.load()
        self.say(done, "good")

    def _show_secret(self, new: service.NewSecret | None) -> None:
        if new is not None and new.one_time_secret is not None:
            self.host.push_screen(SecretOnce(new.user.name, new.one_time_secret))
            self.perform(self._point_at(new.user.id))

    async def _point_at(self, user_id: int) -> None:
        await self.load()
        self.point_at(user_id)


def state_of(item: UserHere, here: Mapping[str, tuple[str, ...]] | None = None) -> tuple[str, str]:
    """Return a user's state in words, and its colour; ``here`` is who gave a sign lately."""
    if not item.user.active:
        return phrase("disabled"), "muted"
    if item.settled and item.terminals and here is not None and item.user.name not in here:
        return phrase("desk is off"), "muted"  # signed in, but the console gives no sign
    if item.terminals:
        return phrase("at {place}", place=item.terminals[0]), "good"
    if item.user.must_change:
        return phrase("new password due"), "warn"
    return phrase("not signed in"), ""
