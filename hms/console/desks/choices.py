"""What a calling desk lets one choose: queue, room, pause, one's own status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.kernel.i18n import phrase, word
from hms.kit.modals import Item, Pick, Reason

if TYPE_CHECKING:
    from hms.console.desks.calling import CallingDesk

STATUS_NOTES = {
    "online": phrase("seeing patients"),
    "busy": phrase("at work, not seeing patients now"),
    "paused": phrase("back soon; asks for a reason"),
    "offline": phrase("not here"),
}


def choose_queue(desk: CallingDesk) -> None:
    """Ask which queue is shown and called."""
    items = [
        Item(
            str(q.row.id),
            f"{q.row.code:<9}{q.row.name}",
            phrase("{waiting} waiting", waiting=q.waiting),
        )
        for q in desk.now_shown.queues
    ]

    def picked(queue_id: str | None) -> None:
        if queue_id is not None:
            desk.show_queue(int(queue_id))

    desk.host.push_screen(Pick("Which queue?", items), picked)


def choose_room(desk: CallingDesk) -> None:
    """Ask which of the queue's rooms is called to."""
    shown = desk.now_shown.desk
    rooms = shown.queue.rooms if shown else ()

    def picked(room: str | None) -> None:
        if room is not None:
            desk.call_to(room)

    desk.host.push_screen(Pick("Which room?", [Item(r, r) for r in rooms]), picked)


def pause_or_open(desk: CallingDesk) -> None:
    """Pause the queue with a reason, or open the paused one again."""
    shown = desk.now_shown.desk
    if shown is None:
        return
    code = shown.queue.row.code
    if shown.queue.paused:
        desk.perform(
            desk.run_plain(phrase("{code} is open again", code=code), tokens.open_queue, code)
        )
        return

    def given(reason: str | None) -> None:
        if reason is not None:
            words = phrase("{code} is paused", code=code)
            desk.perform(desk.run_plain(words, tokens.pause_queue, code, reason))

    desk.host.push_screen(Reason(phrase("Pause {code}. Why?", code=code)), given)


def choose_status(desk: CallingDesk) -> None:
    """Ask a doctor for their own status; a pause asks why."""
    items = [Item(status, word(status), note) for status, note in STATUS_NOTES.items()]

    def picked(status: str | None) -> None:
        if status == "paused":
            question = Reason("Paused. Why?", placeholder="for example: ward round")
            desk.host.push_screen(question, lambda why: _set(desk, "paused", why))
        elif status is not None:
            _set(desk, status, "")

    desk.host.push_screen(Pick("You are …", items, note_width=36), picked)


def _set(desk: CallingDesk, status: str, reason: str | None) -> None:
    if reason is None:
        return
    doctor = desk.now_shown.doctor
    name = doctor.name if doctor else desk.host.owner
    desk.perform(
        desk.run_plain(
            phrase("You are {status}", status=word(status)),
            staff.doctor_status,
            name,
            status,
            reason,
        )
    )
