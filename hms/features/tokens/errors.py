"""What queues and tokens refuse, each with its stable code."""

from __future__ import annotations

from hms.kernel.errors import NotFound, Refused


class NothingWaiting(Refused):
    """Nobody waits in the queue."""

    code = "tokens.nothing_waiting"
    hint = "held and missed patients come back by resume and rejoin"


class RoomBusy(Refused):
    """The room still has a token called or in progress."""

    code = "tokens.room_busy"


class WrongState(Refused):
    """The token's state does not allow this."""

    code = "tokens.wrong_state"


class AlreadyQueued(Refused):
    """The patient has an active token in this queue."""

    code = "tokens.already_queued"
    hint = "one active token per patient and queue"


class DailyLimit(Refused):
    """The queue gave out all its numbers for today."""

    code = "tokens.daily_limit"


class ClockBack(Refused):
    """The clock is before the last issued token."""

    code = "tokens.clock_back"
    hint = (
        "set the clock of this machine right; if it is, somebody who defines queues says so "
        "with: hms queue confirm-clock"
    )


class RecallsUsed(Refused):
    """The token was called as often as the hospital allows."""

    code = "tokens.recalls_used"
    hint = "mark it as no-show; it can rejoin when the patient comes"


class UndoClosed(Refused):
    """There is nothing to take back, or no more time to."""

    code = "tokens.undo_closed"


class QueueIsPaused(Refused):
    """The queue is paused and calls nobody."""

    code = "queues.paused"


class QueueClosed(Refused):
    """The queue is no longer used."""

    code = "queues.inactive"


class QueueExists(Refused):
    """A queue has this code or prefix already."""

    code = "queues.exists"


class AlreadyAttached(Refused):
    """The token has a patient."""

    code = "tokens.already_attached"


class TokenNotFound(NotFound):
    """No token of today has this code."""

    code = "tokens.not_found"


class QueueNotFound(NotFound):
    """No queue has this code."""

    code = "queues.not_found"
    hint = "see: hms queue list"


class PaperUnknown(NotFound):
    """No block of paper numbers of today has this number."""

    code = "tokens.paper_unknown"
    hint = "see what was printed; blocks are made with: hms print block"


class PaperEntered(Refused):
    """The number on paper was entered already."""

    code = "tokens.paper_entered"


class SeriesTaken(Refused):
    """A series belongs to another queue, or is on paper."""

    code = "tokens.series_taken"
