"""What a calling desk shows, read in one transaction: queues, the room, and whoever is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hms.features.staff import service as staff
from hms.features.tokens import service as tokens

if TYPE_CHECKING:
    from hms.features.staff.queries.views import DoctorView
    from hms.features.tokens.queries import QueueView, TokenView
    from hms.features.tokens.service import QueueDesk
    from hms.infra.uow import Work
    from hms.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of a calling desk.

    ``queues`` are those the person may call for, ``desk`` is the chosen one,
    ``room`` where they call to (None: the queue has none), ``current`` the token
    there, ``doctor`` the person when they are a doctor.
    """

    queues: tuple[QueueView, ...] = ()
    desk: QueueDesk | None = None
    room: str | None = None
    current: TokenView | None = None
    doctor: DoctorView | None = None


def look(work: Work, actor: Actor, queue_id: int | None = None, room: str | None = None) -> Look:
    """Return the desk of queue ``queue_id`` (one's own first one when None) and ``room``."""
    queues = tokens.my_queues(work, actor)
    doctor = next((d for d in staff.list_doctors(work, actor) if d.user_id == actor.user_id), None)
    if not queues:
        return Look(doctor=doctor)
    own = next((q for q in queues if actor.user_id in q.doctors), queues[0])
    chosen = next((q for q in queues if q.row.id == queue_id), own)
    desk = tokens.queue_desk(work, actor, chosen.row.id)
    place = room or (doctor.room if doctor else None) or next(iter(chosen.rooms), None)
    serving = list(desk.serving)
    if doctor is not None:  # a doctor's room may still have a patient of another own queue
        for other in queues:
            if other.row.id != chosen.row.id and other.serving:
                serving += tokens.queue_desk(work, actor, other.row.id).serving
    current = next((t for t in serving if t.room == place), None)
    return Look(tuple(queues), desk, place, current, doctor)
