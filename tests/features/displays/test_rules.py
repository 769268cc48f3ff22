"""What reports and codes may look like."""

from __future__ import annotations

from typing import Any

import pytest

from hms.features.displays import rules
from hms.kernel.errors import InvalidInput

GOOD: dict[str, Any] = {
    "name": "Hall B", "zone": None, "languages": "en,hi", "screens": 1, "sound": "ok",
}  # fmt: skip


def test_a_code_is_the_same_however_it_is_typed() -> None:
    code = rules.new_code()
    assert len(code) == 9
    assert rules.hash_code(code) == rules.hash_code(f" {code.lower().replace('-', ' ')} ")
    assert rules.hash_code(code) != rules.hash_code(rules.new_code())


def test_a_report_is_read_as_it_is() -> None:
    call = {**GOOD, "call_id": 7, "shown_ms": 410, "spoken": True}
    state, shown = rules.read_reports({"reports": [GOOD, call]})
    assert (state.name, state.zone, state.screens, state.call_id) == ("Hall B", None, 1, None)
    assert (shown.call_id, shown.shown_ms, shown.spoken) == (7, 410, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reports": None},
        {"reports": [GOOD] * 1_001},
        {"reports": ["Hall B"]},
        {"reports": [{**GOOD, "sound": "loud"}]},
        {"reports": [{**GOOD, "screens": -1}]},
        {"reports": [{**GOOD, "screens": True}]},
        {"reports": [{**GOOD, "name": 7}]},
        {"reports": [{**GOOD, "zone": []}]},
        {"reports": [{**GOOD, "call_id": "7"}]},
        {"reports": [{**GOOD, "call_id": 7, "shown_ms": None}]},
        {"reports": [{**GOOD, "call_id": 2**60, "shown_ms": 1}]},
    ],
)
def test_a_report_of_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        rules.read_reports(wrong)


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": 7}, {"code": "x" * 65}])
def test_a_claim_needs_a_code(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        rules.read_claim(body)


def test_a_hostile_name_is_shortened_and_harmless() -> None:
    [report] = rules.read_reports({"reports": [{**GOOD, "name": "\x1b]52;c;x\x07" + "n" * 200}]})
    assert len(report.name) == rules.NAME_LENGTH
    assert "\x1b" not in report.name
