"""The alarm line of the heads' desk: records that were opened with a reason, until noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets import Static

from hms.features.patients import service as patients
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase
from hms.kit.base import HmsScreen
from hms.kit.modals import Answer, Ask, Item, Pick
from hms.kit.tui_actions import Action
from hms.kit.tui_text import one_line, plain

if TYPE_CHECKING:
    from hms.features.patients.queries import AccessView

KINDS = frozenset({"AccessOpened", "AccessAcknowledged"})
SEES, NOTES = "accesses.see", "accesses.acknowledge"
NOTE = Action(
    "ctrl+n",
    "Alarm",
    "Take note of a record that was opened with a reason",
    "note_access",
    "Shows who opened whose record and why; it is an alarm until you took note.",
    permission=NOTES,
)


class AccessAlarm(Static):
    """One line while somebody opened a record and no manager took note of it."""

    DEFAULT_CSS = """
    AccessAlarm { display: none; height: 1; padding: 0 1; background: $hms-panel; }
    AccessAlarm.-ringing { display: block; }
    """

    def put(self, views: Sequence[AccessView], zone: str) -> None:
        """Show the newest of ``views`` and how many there are."""
        self.set_class(bool(views), "-ringing")
        if not views:
            return
        last = told(views[0], zone)
        said = (
            phrase(" ALARM  {last} (opened with a reason)", last=last)
            if len(views) == 1
            else phrase(
                " ALARM  {count} records, last: {last} (opened with a reason)",
                count=len(views),
                last=last,
            )
        )
        self.update(plain(one_line(said), "bold $hms-bad"))


def told(view: AccessView, zone: str) -> str:
    """Return who opened what when, as far as whoever looks may know it."""
    whose = view.mrn or phrase("a patient's record")
    at = local_hm(view.opened_at, zone)
    return phrase("{user} opened {whose} at {at}", user=view.user, whose=whose, at=at)


async def load_alarm(desk: HmsScreen[None]) -> None:
    """Read the accesses nobody took note of and show the line."""
    if not desk.host.may(SEES):
        return
    views: list[AccessView] = await desk.ask(patients.list_accesses)
    desk.query_one(AccessAlarm).put(views, desk.host.time_zone)


async def note_access(desk: HmsScreen[None]) -> None:
    """Let a manager choose an access, read its reason, and take note of it."""
    views: list[AccessView] = await desk.ask(patients.list_accesses)
    if not views:
        desk.say("No record was opened with a reason since you took note.")
        return
    zone = desk.host.time_zone
    by_id = {str(view.id): view for view in views}
    items = [Item(key, told(view, zone), view.reason or "") for key, view in by_id.items()]

    def chosen(key: str | None) -> None:
        if key is not None:
            view = by_id[key]
            answers = [Answer("f9", "I have taken note of it", "noted")]
            question = Ask(
                phrase("{told}.", told=told(view, zone)),
                answers,
                detail=phrase("Reason: {reason}", reason=view.reason),
            )
            desk.host.push_screen(question, lambda answer: noted(view, answer))

    def noted(view: AccessView, answer: str | None) -> None:
        if answer is not None:
            desk.perform(_acknowledge(desk, view.id))

    desk.host.push_screen(Pick("Which one?", items, note_width=24), chosen)


async def _acknowledge(desk: HmsScreen[None], access_id: int) -> None:
    view: AccessView = await desk.do(patients.acknowledge_access, access_id)
    await load_alarm(desk)
    desk.say(phrase("You took note of what {user} opened.", user=view.user), "good")
