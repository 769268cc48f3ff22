"""Read models of queues and tokens; no permission is checked here.

What walls read is in ``boards``, which no desk and no command loads.
"""

from hms.features.tokens.queries.queues import (
    QueueRow,
    QueueView,
    overview,
    own_queue_ids,
    queue_by_code,
    queue_by_id,
    queue_rows,
    rooms_of,
)
from hms.features.tokens.queries.tokens import (
    TokenView,
    find_token,
    first_leg_id,
    leg_now,
    newest_of_day,
    open_of_patients,
    placed,
    token_by_id,
    tokens_of_day,
    tokens_of_patient,
    tokens_of_queue,
    with_patients,
)
from hms.features.tokens.queries.waits import queue_wait

__all__ = [
    "QueueRow",
    "QueueView",
    "TokenView",
    "find_token",
    "first_leg_id",
    "leg_now",
    "newest_of_day",
    "open_of_patients",
    "overview",
    "own_queue_ids",
    "placed",
    "queue_by_code",
    "queue_by_id",
    "queue_rows",
    "queue_wait",
    "rooms_of",
    "token_by_id",
    "tokens_of_day",
    "tokens_of_patient",
    "tokens_of_queue",
    "with_patients",
]
