"""No wall is told who a patient is: nothing of a person reaches the public socket."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.tokens import service as tokens
from hms.kernel import board, clock
from kiosk_display import wire
from kiosk_display.feed import Opening, look
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import screen
from tests.support import Hospital, hospital_at

ALLOWED = {
    "code", "name", "room", "paused", "waiting", "next", "serving", "wait_low_minutes",
    "wait_high_minutes", "token", "status", "call_no", "called_at", "call_id", "queue", "at", "id",
    "text", "urgent", "notices", "speech", "hospital", "timezone", "epoch", "cursor", "queues",
    "recent_calls", "emergency", "zone", "until",
}  # fmt: skip


def test_what_a_wall_may_be_told_has_no_place_for_a_person() -> None:
    told = [kind for kind in vars(board).values() if isinstance(kind, type) and is_dataclass(kind)]
    told += [
        wire.TokenCreated, wire.TokenStatusUpdated, wire.QueueUpdated, wire.Notices, wire.Called
    ]  # fmt: skip
    assert {field.name for kind in told for field in fields(kind)} <= ALLOWED


LETTERS = st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0x9FFF)
WORDS = st.text(LETTERS, max_size=20).map(lambda word: f"Zq{word}qZ")  # in no word of ours


@given(WORDS, WORDS, WORDS, st.integers(2_000_000_000, 9_999_999_999))
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # any example is as good as a smaller one
    suppress_health_check=[HealthCheck.too_slow],
)
def test_whatever_is_known_of_a_patient_stays_off_the_wall(
    name: str, allergy: str, reason: str, phone: int
) -> None:
    with (
        TemporaryDirectory() as folder,
        hospital_at(Path(folder) / "data" / "hms.db", zones={"front": ("GM",)}) as hospital,
    ):
        secrets = whole_visit(hospital, name, allergy, reason, f"+1{phone}")
        found = hospital.db.read_now(lambda work: look(work, None, 0))
        assert isinstance(found, Opening)
        for stream in found.streams.values():
            first = wire.Position(stream.zone.epoch, 0)
            told = [sent.text for sent in stream.since(first) or []]
            assert told
            assert leaks([*told, stream.snapshot(clock.now())], secrets) == []


def whole_visit(hospital: Hospital, name: str, allergy: str, reason: str, phone: str) -> list[str]:
    """Bring one patient through everything that can happen; return what nobody may read."""
    said = RegisterPatient(
        name=f"Canary {name}", birth="1961-07-08", sex="female", phone=phone,
        allergies=(f"Canary {allergy}",), address=f"1 Canary Street, {name}",
    )  # fmt: skip
    patient = hospital.do("rosa", patients.register, said, allow_duplicate=True)
    because = f"Canary {reason}"
    token = hospital.issue("GM", patient.mrn, "pregnant")
    hospital.called("GM")
    hospital.do("nils", tokens.recall, token.id)
    hospital.do("nils", tokens.hold, token.id, because)
    hospital.do("nils", tokens.resume, token.id)
    moved = hospital.do("nils", tokens.transfer, token.id, to="LAB", reason=because)
    hospital.do("rosa", tokens.cancel, moved.id, because)
    unknown = hospital.issue("GM")
    hospital.do("rosa", tokens.attach_patient, unknown.id, patient.mrn)
    hospital.do("mara", tokens.pause_queue, "GM", because)
    return ["Canary", patient.mrn, phone[-7:], "1961-07-08", name, allergy, reason]


def leaks(told: list[str], secrets: list[str]) -> list[str]:
    plain = [json.dumps(json.loads(text), ensure_ascii=False) for text in told]
    return [secret for secret in secrets for text in plain if secret in text]


@pytest.mark.asyncio
async def test_not_a_byte_of_a_patient_is_on_the_line(hospital: Hospital) -> None:
    async with wall(hospital.settings) as place, screen(place.port) as hall:
        await hall.take()
        secrets = whole_visit(hospital, "Quxolotl", "Zyzzyva", "Wobbegong", "+14155550132")
        await hall.settle()
        assert hall.heard("CALL")
        assert leaks([json.dumps(frame) for frame in hall.frames], secrets) == []


def test_a_leak_would_be_found() -> None:
    frame = json.dumps({"token": "GM-001", "name": "Canary Müller"})
    assert leaks([frame], ["Canary", "Müller"]) == ["Canary", "Müller"]
