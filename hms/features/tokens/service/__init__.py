"""Use cases of queues and tokens: check permission and rule, write, say what happened.

The parts are imported at their first use: a command runs one or two of them.
"""

# ruff: noqa: I001 - one import for each part, each name said to be public
from __future__ import annotations

from typing import TYPE_CHECKING

from hms.kernel.parts import at_first_use

if TYPE_CHECKING:
    from hms.features.tokens.service.calling import (
        call as call,
        call_next as call_next,
        recall as recall,
    )
    from hms.features.tokens.service.day import (
        close_day as close_day,
        close_past_days as close_past_days,
    )
    from hms.features.tokens.service.issuing import (
        IssueToken as IssueToken,
        attach_patient as attach_patient,
        issue as issue,
        transfer as transfer,
    )
    from hms.features.tokens.service.moves import (
        cancel as cancel,
        complete as complete,
        hold as hold,
        leave as leave,
        no_show as no_show,
        put_back as put_back,
        rejoin as rejoin,
        resume as resume,
        start as start,
    )
    from hms.features.tokens.service.paper import (
        EnterPaper as EnterPaper,
        ReservePaper as ReservePaper,
        enter_paper as enter_paper,
        reserve_paper as reserve_paper,
    )
    from hms.features.tokens.service.privacy import (
        queue_privacy as queue_privacy,
    )
    from hms.features.tokens.service.queues import (
        AddQueue as AddQueue,
        EditQueue as EditQueue,
        add_queue as add_queue,
        close_queue as close_queue,
        confirm_clock as confirm_clock,
        edit_queue as edit_queue,
        may_define_queues as may_define_queues,
        open_queue as open_queue,
        pause_queue as pause_queue,
    )
    from hms.features.tokens.service.reading import (
        QueueDesk as QueueDesk,
        Why as Why,
        list_queues as list_queues,
        list_tokens as list_tokens,
        my_queues as my_queues,
        newest_tokens as newest_tokens,
        open_tokens as open_tokens,
        patient_tokens_today as patient_tokens_today,
        queue_desk as queue_desk,
        show_token as show_token,
        why as why,
    )
    from hms.features.tokens.service.slips import (
        reprint as reprint,
    )
    from hms.features.tokens.service.undoing import (
        undo as undo,
    )

_PARTS: dict[str, tuple[str, ...]] = {
    "calling": (
        "call",
        "call_next",
        "recall",
    ),
    "day": (
        "close_day",
        "close_past_days",
    ),
    "issuing": (
        "IssueToken",
        "attach_patient",
        "issue",
        "transfer",
    ),
    "moves": (
        "cancel",
        "complete",
        "hold",
        "leave",
        "no_show",
        "put_back",
        "rejoin",
        "resume",
        "start",
    ),
    "paper": (
        "EnterPaper",
        "ReservePaper",
        "enter_paper",
        "reserve_paper",
    ),
    "privacy": ("queue_privacy",),
    "queues": (
        "AddQueue",
        "EditQueue",
        "add_queue",
        "close_queue",
        "confirm_clock",
        "edit_queue",
        "may_define_queues",
        "open_queue",
        "pause_queue",
    ),
    "reading": (
        "QueueDesk",
        "Why",
        "list_queues",
        "list_tokens",
        "my_queues",
        "newest_tokens",
        "open_tokens",
        "patient_tokens_today",
        "queue_desk",
        "show_token",
        "why",
    ),
    "slips": ("reprint",),
    "undoing": ("undo",),
}
__getattr__, __dir__ = at_first_use(__name__, _PARTS)
