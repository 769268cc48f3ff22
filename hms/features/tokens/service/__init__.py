"""Use cases of queues and tokens: check permission and rule, write, say what happened."""

from hms.features.tokens.service.calling import call, call_next, recall
from hms.features.tokens.service.day import close_day, close_past_days
from hms.features.tokens.service.issuing import IssueToken, attach_patient, issue, transfer
from hms.features.tokens.service.moves import (
    cancel,
    complete,
    hold,
    leave,
    no_show,
    put_back,
    rejoin,
    resume,
    start,
)
from hms.features.tokens.service.paper import (
    EnterPaper,
    ReservePaper,
    enter_paper,
    reserve_paper,
)
from hms.features.tokens.service.privacy import queue_privacy
from hms.features.tokens.service.queues import (
    AddQueue,
    EditQueue,
    add_queue,
    close_queue,
    confirm_clock,
    edit_queue,
    may_define_queues,
    open_queue,
    pause_queue,
)
from hms.features.tokens.service.reading import (
    QueueDesk,
    Why,
    list_queues,
    list_tokens,
    my_queues,
    newest_tokens,
    open_tokens,
    patient_tokens_today,
    queue_desk,
    show_token,
    why,
)
from hms.features.tokens.service.slips import reprint
from hms.features.tokens.service.undoing import undo

__all__ = [
    "AddQueue",
    "EditQueue",
    "EnterPaper",
    "IssueToken",
    "QueueDesk",
    "ReservePaper",
    "Why",
    "add_queue",
    "attach_patient",
    "call",
    "call_next",
    "cancel",
    "close_day",
    "close_past_days",
    "close_queue",
    "complete",
    "confirm_clock",
    "edit_queue",
    "enter_paper",
    "hold",
    "issue",
    "leave",
    "list_queues",
    "list_tokens",
    "may_define_queues",
    "my_queues",
    "newest_tokens",
    "no_show",
    "open_queue",
    "open_tokens",
    "patient_tokens_today",
    "pause_queue",
    "put_back",
    "queue_desk",
    "queue_privacy",
    "recall",
    "rejoin",
    "reprint",
    "reserve_paper",
    "resume",
    "show_token",
    "start",
    "transfer",
    "undo",
    "why",
]
