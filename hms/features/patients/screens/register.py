"""Registering a patient: Enter walks the fields, the last one saves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from hms.features.patients import service
from hms.features.patients.errors import LikelyDuplicate
from hms.features.patients.queries import PatientView
from hms.features.patients.screens.duplicates import AS_NEW, Duplicates
from hms.features.patients.screens.fields import birth_echo, new_fields, said_in
from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase, tr
from hms.kernel.text import fold
from hms.kit.base import LEAVE, HmsScreen, HospitalChanged
from hms.kit.forms import Field, Form
from hms.kit.tui_abstract import AbstractPump
from hms.kit.tui_actions import Action
from hms.kit.tui_text import one_line, plain

DRAFT = "register"
EARLIER = "register-earlier"


class PatientForm(HmsScreen[PatientView], metaclass=AbstractPump):
    """What registering and changing have in common; ends with the record, None when left."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f9", "Save", "Save it now", "save", "Saves from any field."),
        LEAVE,
    )
    DEFAULT_CSS = """
    PatientForm .lead { height: 2; padding: 1 1 0 1; color: $hms-muted; }
    PatientForm VerticalScroll { height: 1fr; padding: 1 0; }
    PatientForm.-wide FieldRow > .entry { width: 48; }
    """
    LEAD = ""

    def fields(self) -> tuple[Field, ...]:
        """Return the fields."""
        return new_fields()

    def draft(self) -> str:
        """Return the name under which a half-typed form is kept."""
        return DRAFT

    def compose_body(self) -> ComposeResult:
        """Lay out one line of guidance and the form."""
        yield Static(plain(tr(self.LEAD)), classes="lead")
        with VerticalScroll(can_focus=False):
            yield Form(self.fields(), draft=self.draft())

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one(Form)

    def today(self) -> date:
        """Return the date at the hospital."""
        return clock.now().astimezone(clock.zone(self.host.time_zone)).date()

    def concerns(self, _change: HospitalChanged) -> bool:
        """Say that nothing of what others do changes this form."""
        return False

    def on_form_changed(self, event: Form.Changed) -> None:
        """Say how a birth was understood."""
        if event.name == "birth":
            self.form.tell("birth", birth_echo(self.form.values["birth"], self.today()))

    def on_form_submitted(self) -> None:
        """Save after the last field."""
        self.action_save()

    def action_save(self) -> None:
        """Save."""
        self.perform(self.save())

    def action_leave(self) -> None:
        """Go back; what was typed is kept."""
        self.dismiss(None)

    @abstractmethod
    async def save(self) -> None:
        """Save what the form states and close."""

    def show_error(self, error: HmsError) -> None:
        """Say what is wrong beside its field, and what helps below."""
        self.form.show_error(error)
        super().show_error(error)

    def close_with(self, view: PatientView) -> None:
        """Close: ``view`` is what came of it."""
        self.form.saved()
        self.dismiss(view)


class Register(PatientForm):
    """A new patient; ``begun`` is what the search already told, by field name."""

    TITLE_TEXT = "New patient"
    LEAD = "Enter goes on and saves after the last field; F9 saves at once."
    HELP_TEXT = (
        "Registers a patient, then goes on to the queue. Born takes a date, a year, or an age: "
        "about 40. When somebody much like this one is there already, you see both side by side."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action("f6", "Draft", "Bring back the form typed before", "earlier"),
        Action("f8", "Empty", "Empty the form", "empty", "F6 brings it back."),
    )

    def __init__(self, begun: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._begun = dict(begun or {})

    def on_mount(self) -> None:
        """Begin with what was searched, or go on with what was half-typed."""
        kept = self.form.values
        if self._begun and _typed(kept) and fold(kept["name"]) != fold(self._begun.get("name", "")):
            self._set_aside(kept)
            self.say(
                phrase(
                    "F6 brings back the half-typed form of {name}.",
                    name=one_line(kept["name"] or "?"),
                )
            )
        elif _typed(kept):
            self.say("This is what was typed before; F8 empties the form.", "warn")
        self.form.fill(self._begun)
        self.form.focus_field("name")

    def enabled(self, action: Action) -> bool:
        """Offer the earlier form only when there is one."""
        return action.name != "earlier" or bool(self._earlier())

    def action_earlier(self) -> None:
        """Bring back the form that was set aside, and set this one aside."""
        earlier = self._earlier()
        if not earlier:
            self.say("There is no form from before.")
            return
        self._set_aside(self.form.values)
        self.form.fill(earlier)
        self.form.focus_field("name")
        self.redraw_keys()

    def action_empty(self) -> None:
        """Empty the form; the draft key brings it back."""
        self._set_aside(self.form.values)
        self.form.focus_field("name")
        self.redraw_keys()

    async def save(self) -> None:
        """Register, after a look at those who may be the same person."""
        await self._register(allow_duplicate=False)

    async def _register(self, *, allow_duplicate: bool) -> None:
        said = said_in(self.form.values)
        try:
            view = await self.do(service.register, said, allow_duplicate=allow_duplicate)
        except LikelyDuplicate as likely:
            self.host.push_screen(Duplicates(said, likely.candidates, self.today()), self._decided)
            return
        self.close_with(view)

    def _decided(self, decision: PatientView | str | None) -> None:
        if isinstance(decision, PatientView):
            self.close_with(decision)
        elif decision == AS_NEW:
            self.perform(self._register(allow_duplicate=True))

    def _earlier(self) -> dict[str, str]:
        drafts = self.host.drafts
        return drafts.find(self.host.owner, EARLIER) if drafts is not None else {}

    def _set_aside(self, values: Mapping[str, str]) -> None:
        if self.host.drafts is not None and _typed(values):
            self.host.drafts.keep(self.host.owner, EARLIER, dict(values))
        self.form.clear()


def _typed(values: Mapping[str, str]) -> bool:
    return any(values[field.name].strip() not in ("", field.value) for field in new_fields()
               if not field.options)  # fmt: skip
