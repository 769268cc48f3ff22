"""Queues name their rooms by text: a room's new name reaches them in the same transaction."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update

from hms.features.staff.service.places import name_key
from hms.features.tokens import events
from hms.features.tokens.model import Queue, QueueRoom
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor

_queue = table_of(Queue)
_room = table_of(QueueRoom)
_ROOMS = (
    select(_queue.c.id, _queue.c.code, _room.c.room)
    .select_from(_queue.join(_room, _room.c.queue_id == _queue.c.id))
    .where(_queue.c.hospital_id == bindparam("hospital"))
    .order_by(_queue.c.id, _room.c.position)
)


def follow_room(work: Work, actor: Actor, old: str, new: str) -> None:
    """Let every queue that names the room ``old`` name it ``new``; the walls show it at once.

    Who was called before keeps the name they were called to.
    """
    found = work.db.execute(_ROOMS, {"hospital": actor.hospital_id}).all()
    for queue_id, code, room in found:
        if room == new or name_key(room) != name_key(old):
            continue
        mine = (_room.c.queue_id == queue_id) & (_room.c.room == room)
        there = (queue_id, code, new) in {tuple(row) for row in found}
        change = delete(_room) if there else update(_room).values(room=new)
        work.db.execute(change.where(mine))
        event = events.QueueChanged(topic=queue_id, subject_id=queue_id, code=code)
        work.emit(event, hospital_id=actor.hospital_id)
        work.audit(
            actor, "queues.room", "queue", queue_id, before={"room": room}, after={"room": new}
        )
