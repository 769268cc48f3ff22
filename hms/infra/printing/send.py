"""Bringing bytes to the printer, asking it before and after, and saying what became of them.

What is never known for certain is said so: ``DOUBTFUL`` is for a human to settle,
``UNSENT`` can be tried again without fear of a second slip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hms.infra.printing import channels
from hms.infra.printing.channels import Channel, NotThere
from hms.infra.settings import PrintingSettings

# Epson, ESC/POS command reference: DLE EOT n answers at once, GS r 1 in its turn.
ASK_ONLINE, ASK_WHY, ASK_PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
ASK_AFTER = b"\x1dr\x01"
_OFFLINE, _COVER_OPEN, _ERROR, _NO_PAPER = 0x08, 0x04, 0x40, 0x60
SLIP_SECONDS = 4.0  # what a slow printer takes for one of many
_CONFIRM_TIMES = 3  # how many times the usual patience a slip may take to come out


class Outcome(StrEnum):
    """What became of a slip."""

    PRINTED = "printed"
    UNSENT = "failed"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcome, and why it is not the good one, in words for the desk."""

    outcome: Outcome
    reason: str = ""


class _Trouble(Exception):
    """The printer said that it cannot print, or said nothing."""


def send(data: bytes, config: PrintingSettings, slips: int = 1) -> Sent:
    """Print ``data``, so many slips; never raises for what a printer does, never waits for ever."""
    try:
        channel = channels.open_channel(config)
    except NotThere as missing:
        return Sent(Outcome.UNSENT, str(missing))
    try:
        return _over(channel, data, config, slips)
    finally:
        channel.close()


def status(config: PrintingSettings) -> str:
    """Return in words why the printer cannot print now, "" when it can as far as it tells."""
    try:
        channel = channels.open_channel(config)
    except NotThere as missing:
        return str(missing)
    try:
        if config.status and channel.answers:
            _refuse_trouble(channel, config.timeout_seconds)
    except (_Trouble, OSError) as trouble:
        return _words(trouble)
    finally:
        channel.close()
    return ""


def _over(channel: Channel, data: bytes, config: PrintingSettings, slips: int) -> Sent:
    asks = config.status and channel.answers
    patience = config.timeout_seconds
    try:
        if asks:
            _refuse_trouble(channel, patience)
    except (_Trouble, OSError) as trouble:
        return Sent(Outcome.UNSENT, _words(trouble))
    try:
        channel.write(data + ASK_AFTER if asks else data)
        if asks:
            _confirm(channel, patience * _CONFIRM_TIMES + SLIP_SECONDS * (slips - 1))
        channel.finish()
    except NotThere as refused:  # nothing of it was taken
        return Sent(Outcome.UNSENT, str(refused))
    except (_Trouble, OSError) as trouble:
        return Sent(Outcome.DOUBTFUL, _words(trouble))
    return Sent(Outcome.PRINTED)


def _refuse_trouble(channel: Channel, patience: float) -> None:
    """Ask whether the printer is ready.

    Raises:
        _Trouble: it is not, or does not say so in a way that printers do.
    """
    online = _answer(channel, ASK_ONLINE, patience, _is_real_time)
    paper = _answer(channel, ASK_PAPER, patience, _is_real_time)
    if paper & _NO_PAPER:
        raise _Trouble("the printer has no paper")
    if online & _OFFLINE:
        why = _answer(channel, ASK_WHY, patience, _is_real_time)
        if why & _COVER_OPEN:
            raise _Trouble("the printer's cover is open")
        if why & _ERROR:
            raise _Trouble("the printer has a fault, see its lamp")
        raise _Trouble("the printer is offline")


def _confirm(channel: Channel, patience: float) -> None:
    """Wait for the answer that the printer gives after all that stands before it.

    Raises:
        _Trouble: it did not come; the slip may be out, or half out.
    """
    answer = channel.read(patience)
    if not answer:
        raise _Trouble("the printer stopped in the middle of a slip")
    if not _is_in_turn(answer[0]):
        raise _Trouble("the printer answers what no printer says")


def _answer(channel: Channel, question: bytes, patience: float, fits: Callable[[int], bool]) -> int:
    channel.write(question)
    answer = channel.read(patience)
    if not answer:
        raise _Trouble("the printer does not answer")
    if not fits(answer[0]):
        raise _Trouble("the printer answers what no printer says")
    return answer[0]


def _is_real_time(byte: int) -> bool:
    """Bits 0 and 7 are off and bits 1 and 4 on in every answer to DLE EOT."""
    return byte & 0b1001_0011 == 0b0001_0010


def _is_in_turn(byte: int) -> bool:
    """Bits 4 and 7 are off in every answer to GS r."""
    return byte & 0b1001_0000 == 0


def _words(trouble: Exception) -> str:
    if isinstance(trouble, TimeoutError):
        return "the printer hangs"
    if isinstance(trouble, OSError):
        return "the printer was cut off"
    return str(trouble)
