"""A calling desk's queue: its one-line summary, and its tokens as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from hms.console.desks.room_panel import minutes_since
from hms.kernel.clock import local_hm
from hms.kernel.i18n import Phrase, phrase, tr, word
from hms.kit.live_table import Column, Row
from hms.kit.tui_text import one_line, plain

if TYPE_CHECKING:
    from hms.console.desks.doctor_look import Look
    from hms.features.tokens.queries import QueueView, TokenView
    from hms.features.tokens.service import QueueDesk

STATUS_TONES = {"online": "$hms-good", "busy": "$hms-warn", "paused": "$hms-warn"}


def table_columns() -> list[Column]:
    """Return the columns of the queue."""
    return [
        Column("", 7, tone="muted"),
        Column("Token", 8, tone="accent"),
        Column("Class", 11),
        Column("Arrived", 7),
        Column("Waited", 8, right=True),
        Column("Patient"),
    ]


def rows_of(desk: QueueDesk, zone: str) -> list[Row]:
    """Return waiting tokens in call order, below them the held and the missed ones."""
    waiting = [_row(t, str(n), "", zone) for n, t in enumerate(desk.waiting, 1)]
    held = [_row(t, word("on hold"), "warn", zone) for t in desk.held]
    missed = [_row(t, word("missed"), "muted", zone) for t in desk.missed]
    return waiting + held + missed


def _row(token: TokenView, place: str, tone: str, zone: str) -> Row:
    name = token.patient_name or ("—" if token.patient_id is None else token.mrn or "")
    kind = token.token_class
    urgent = "bad" if kind == "emergency" else ""
    cells = (
        place,
        token.code,
        "" if kind == "normal" else word(kind),
        local_hm(token.arrived_at, zone),
        minutes_since(token.arrived_at),
        name,
    )
    return Row(token.id, cells, tone or urgent)


def queue_strip(look: Look) -> Content:
    """Return the line that says which queue this is and how it goes."""
    if look.desk is None:
        return plain(phrase("You have no queue yet; an administrator gives you one."), "$hms-warn")
    queue = look.desk.queue
    parts: list[tuple[str, str]] = [
        (f"{one_line(queue.row.code)}  ", "bold $hms-accent"),
        (one_line(queue.row.name), "$hms-text"),
        (f"   {tr(_waiting(queue))}", "$hms-text"),
        (f" · {tr(wait_words(queue))}" if queue.waiting else "", "$hms-muted"),
    ]
    aside = len(look.desk.held) + len(look.desk.missed)
    if aside:
        parts.append((f" · {tr(phrase('{count} held or missed', count=aside))}", "$hms-muted"))
    if queue.paused:
        reason = one_line(queue.row.paused_reason or "")
        parts.append((f"   {tr(phrase('PAUSED: {reason}', reason=reason))}", "bold $hms-warn"))
    if look.doctor is not None:
        status = look.doctor.status
        reason = f" ({one_line(look.doctor.status_reason)})" if look.doctor.status_reason else ""
        parts.append((f"   ● {tr(word(status))}{reason}", STATUS_TONES.get(status, "$hms-muted")))
    return Content.assemble(*parts)


def wait_words(queue: QueueView) -> Phrase:
    """Return the estimated wait of who comes now, in words."""
    low, high = queue.wait_low_minutes, queue.wait_high_minutes
    if low is None or high is None:
        return phrase("wait unknown")
    return phrase("wait {low}–{high} min", low=low, high=high)


def _waiting(queue: QueueView) -> Phrase:
    if not queue.waiting:
        return phrase("nobody waiting")
    return phrase("{waiting} waiting", waiting=queue.waiting)
