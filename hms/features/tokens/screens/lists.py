"""The reception's two lists: what the search found, and the tokens given out last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from hms.features.patients.queries import PatientView, age_sex, phone_tail
from hms.features.tokens.queries import TokenView
from hms.features.tokens.screens.reading import Hit
from hms.features.tokens.screens.words import state_of, status_tone, status_word
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase, tr
from hms.kit.live_table import Column, LiveTable, OpenChoice, Row


class Hits(LiveTable):
    """Patients that the search found, or one token."""

    DEFAULT_CSS = "Hits { & > .live--rest { color: $hms-on-cursor; background: $hms-cursor; } }"

    def __init__(self) -> None:
        columns = (
            Column("Patient"),
            Column("Age", 6),
            Column("MRN", 9, tone="muted"),
            Column("Phone", 5, tone="muted"),
            Column("Token", 17, tone="accent"),
        )
        super().__init__(columns, empty="Nobody. Enter or F3 registers a new patient.")
        self._nobody = self._empty
        self.can_focus = False

    def put(self, hits: Iterable[Hit], today: date, wrong: str = "") -> None:
        """Show ``hits``; without any, ``wrong`` is why none could be looked for."""
        self.say_when_empty(wrong or self._nobody)
        self.put_rows([hit_row(hit, today) for hit in hits])


class Latest(OpenChoice):
    """The tokens given out last, whoever gave them."""

    DEFAULT_CSS = "Latest { & > .live--rest { color: $hms-on-cursor; background: $hms-cursor; } }"

    def __init__(self) -> None:
        columns = (
            Column("Token", 8, tone="accent"),
            Column("Patient"),
            Column("Queue", 6),
            Column("State", 17),
            Column("Given", 5, right=True, tone="muted"),
        )
        super().__init__(columns, empty="No token yet today. Type a name, MRN or phone number.")
        self.can_focus = False

    def put(self, tokens: Iterable[TokenView], zone: str) -> None:
        """Show ``tokens`` with times of ``zone``."""
        self.put_rows([token_row(token, zone) for token in tokens])


def hit_row(hit: Hit, today: date) -> Row:
    """Return one row of what was found."""
    token, patient = hit.token, hit.patient
    state = f"{token.code} {tr(status_word(token.status))}" if token is not None else ""
    if patient is None:
        name = (token.patient_name if token else None) or phrase("no patient yet")
        age, phone = ("", "") if hit.holder is None else _person(hit.holder, today)
        return Row(hit.key, (name, age, (token.mrn if token else None) or "", phone, state))
    age, phone = _person(patient, today)
    cells = (patient.name, age, patient.mrn, phone, state)
    return Row(hit.key, cells, tone="muted" if patient.archived else "")


def _person(patient: PatientView, today: date) -> tuple[str, str]:
    return age_sex(patient, today), phone_tail(patient)


def token_row(token: TokenView, zone: str) -> Row:
    """Return one token of today as a row."""
    cells = (
        token.code,
        token.patient_name or phrase("no patient yet"),
        token.queue,
        state_of(token),
        local_hm(token.issued_at, zone),
    )
    return Row(f"t{token.id}", cells, tone=status_tone(token.status))
