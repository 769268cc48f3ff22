"""The rows of the reception's lists, of the board and of the queue choice."""

from __future__ import annotations

from datetime import date

from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.tokens import service
from hms.features.tokens.screens import reading
from hms.features.tokens.screens.choice import choice_row
from hms.features.tokens.screens.lists import hit_row, token_row
from hms.features.tokens.screens.live_board import board_row, now_words
from hms.features.tokens.screens.ticket import ticket_facts
from tests.support import Hospital

TODAY = date(2031, 3, 4)


def test_a_found_patient_shows_the_active_token(hospital: Hospital) -> None:
    """Name, age, number, end of the phone, and the token when there is one."""
    ann = hospital.patient("Ann Lee")
    hospital.issue(patient=ann.mrn)
    found = hospital.ask("rosa", reading.find, "ann")
    assert [hit_row(hit, TODAY).cells for hit in found.hits] == [
        ("Ann Lee", "? ?", ann.mrn, "", "GM-001 waiting")
    ]
    assert not found.by_token


def test_a_code_finds_its_token_before_any_name(hospital: Hospital) -> None:
    """Typed without its dash, too."""
    hospital.issue()
    for typed in ("GM-001", "gm1"):
        found = hospital.ask("rosa", reading.find, typed)
        assert found.by_token
        assert hit_row(found.hits[0], TODAY).cells[0] == "no patient yet"


def test_a_code_tells_age_and_phone_of_whose_token_it_is(hospital: Hospital) -> None:
    """As the patient's own row does, where patients may be seen."""
    said = RegisterPatient(name="Ann Lee", birth="1990", sex="female", phone="0151 2345678")
    ann = hospital.do("rosa", patients.register, said)
    code = hospital.issue(patient=ann.mrn).code
    by_code, by_name = (hospital.ask("rosa", reading.find, text) for text in (code, "ann"))
    assert by_code.by_token
    cells = hit_row(by_code.hits[0], TODAY).cells
    assert cells == hit_row(by_name.hits[0], TODAY).cells
    assert cells[1]
    assert cells[3]


def test_a_token_of_today_is_a_row_without_its_patients_age(hospital: Hospital) -> None:
    """Code, whose, queue, state and when it was given."""
    ann = hospital.patient("Ann Lee")
    hospital.issue(patient=ann.mrn)
    hospital.clock.forward(minutes=5)
    hospital.issue("LAB")
    latest = hospital.ask("rosa", reading.latest)
    assert [token_row(token, "UTC").cells for token in latest] == [
        ("LAB-001", "no patient yet", "LAB", "waiting", "09:05"),
        ("GM-001", "Ann Lee", "GM", "waiting", "09:00"),
    ]


def test_the_board_shows_who_is_called_first(hospital: Hospital) -> None:
    """A called token stands before one that is inside already; more are counted."""
    for _ in range(3):
        hospital.issue("LAB")
    first = hospital.called("LAB", room="Lab 1")
    hospital.do("nils", service.start, first.id)
    hospital.called("LAB", room="Lab 2")
    view = hospital.queue("LAB")
    assert now_words(view) == "LAB-002 Lab 2 +1"
    assert board_row(view).cells[3:] == ("1", "unknown")


def test_a_paused_queue_says_so(hospital: Hospital) -> None:
    """On the board and where a queue is chosen; the reason stays with the staff's desk."""
    hospital.do("mara", service.pause_queue, "GM", "lunch")
    view = hospital.queue()
    assert board_row(view).cells[1].endswith("· paused")
    assert choice_row(1, view, {}).cells[2].endswith("· paused")
    assert "lunch" not in " ".join(board_row(view).cells)


def test_the_choice_says_where_the_patient_waits_already(hospital: Hospital) -> None:
    """One active token per patient and queue: the desk sees it before it is refused."""
    view = hospital.queue()
    assert choice_row(2, view, {view.row.id: "GM-007"}).cells[2].endswith("· has GM-007")


def test_the_ticket_says_what_the_patient_asks(hospital: Hospital) -> None:
    """Queue, room, people ahead, wait: unknown while nothing was learnt."""
    hospital.issue()
    token = hospital.token(hospital.issue(token_class="pregnant").id)
    text = ticket_facts(token, ("Room 1", "Room 2", "Room 3")).plain
    assert "Room 1 or Room 2" in text
    assert "pregnant" in text
    assert "wait unknown" in text


def test_the_ticket_shows_a_range_once_services_were_seen(hospital: Hospital) -> None:
    """Learnt from the queue's own recent services."""
    for _ in range(6):
        hospital.serve(10)
    text = ticket_facts(hospital.token(hospital.issue().id), ()).plain
    assert "next in line" in text
    assert "wait 0–10 min" in text


def test_a_patients_day_has_every_token(hospital: Hospital) -> None:
    """The card lists the tokens of today, the newest first, with their place."""
    ann = hospital.patient("Ann Lee")
    hospital.issue(patient=ann.mrn)
    hospital.issue("LAB", patient=ann.mrn)
    detail = hospital.ask("rosa", reading.detail, ann.mrn, None)
    assert detail.patient is not None
    assert [(t.code, t.ahead) for t in detail.tokens] == [("LAB-001", 0), ("GM-001", 0)]
    nobody = hospital.ask("rosa", reading.detail, None, hospital.issue().id)
    assert nobody.patient is None
    assert len(nobody.tokens) == 1
