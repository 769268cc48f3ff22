"""Text that tries to be more than text, in every field of a patient."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from hms.features.patients.model import Patient
from hms.features.patients.rules import RegisterPatient
from hms.features.patients.service import EditPatient, edit, find_duplicates, search, stated
from hms.features.patients.service import register as register_patient
from hms.infra.db import Database
from hms.infra.tables import table_of
from hms.kernel.errors import InvalidInput
from hms.kernel.text import show
from tests.features.patients.conftest import Register, actor

FIELDS = ("name", "birth", "sex", "phone", "blood_group", "contact", "address")
REFUSED = {
    "escape": "Ann\x1b]52;c;eA==\x07",
    "C1": "Ann\x9b31m",
    "null": "Ann\x00",
    "newline": "Ann\nLee",
    "bidi override": "Ann\u202eeeL",
    "isolate": "Ann\u2066",
    "zero width": "Ann\u200bLee",
    "tag": "Ann\U000e0041",
    "lone surrogate": "Ann\ud800",
    "half of stdin": "Ann\udcff",
    "10,000 characters": "A" * 10_000,
}
HARMLESS = {
    "markup": "[/bold] Lee",
    "link": "[@click=app.quit]Lee[/]",
    "html": "<script>alert(1)</script>",
    "SQL": "' OR 1=1; --",
    "LIKE": "100% Lee_",
    "formula": "=cmd|' /C calc'!A0",
    "emoji": "Ann 👩‍⚕️ Lee",
    "joiner": "علی‌رضا",
    "format": "{0} %s ${name}",
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_in_every_field(
    database: Database, field: str, text: str
) -> None:
    said = {"name": "Ann"} | {field: text}
    with pytest.raises(InvalidInput) as refused:
        database.write_now(lambda work: register_patient(work, actor(), RegisterPatient(**said)))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert show(refused.value.message) == refused.value.message
    statement = select(func.count()).select_from(table_of(Patient))
    assert database.read_now(lambda work: work.db.execute(statement).scalar_one()) == 0


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_change_is_checked_like_a_registration(
    database: Database, add: Register, text: str
) -> None:
    view = add("Ann")
    said = RegisterPatient(name=text)
    with pytest.raises(InvalidInput):
        database.write_now(
            lambda work: edit(work, actor(), EditPatient(mrn=view.mrn, version=1, facts=said))
        )


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_is_only_text_is_kept_to_the_letter_and_found(
    database: Database, add: Register, text: str
) -> None:
    add("Somebody Else")
    view = add(text, contact=text, address=text, allergies=(text,))
    assert (view.name, view.contact, view.address) == (text, text, text)
    found = database.read_now(lambda work: search(work, actor(), text))
    assert [p.name for p in found] == [text]
    again = database.read_now(lambda work: find_duplicates(work, actor(), stated(view)))
    assert view.id in [one.patient.id for one in again]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_taken_or_refused_and_never_breaks(
    database: Database, text: str
) -> None:
    said = RegisterPatient(name=text, contact=text, address=text)
    try:
        view = database.write_now(
            lambda work: register_patient(work, actor(), said, allow_duplicate=True)
        )
    except InvalidInput:
        pass
    else:
        found = database.read_now(lambda work: search(work, actor(), view.mrn))
        assert found == [view]
    with suppress(InvalidInput):
        database.read_now(lambda work: search(work, actor(), text))
