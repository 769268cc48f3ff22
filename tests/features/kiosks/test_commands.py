"""``hms kiosk`` as programs call it."""

from __future__ import annotations

import pytest

from tests.features.displays.commands.test_notices import Hms, hms

__all__ = ["hms"]


def test_a_kiosk_is_paired_locked_opened_and_sent_away(
    hms: Hms, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, made = hms("kiosk", "pair", "Main hall")
    assert code == 0
    assert made["address"] == f"/kiosk?pair={made['code']}"
    assert hms("kiosk", "lock", "main hall") == (0, {"kiosk": "Main hall"})
    assert hms("kiosk", "list")[1][0]["state"] == "locked"
    assert hms("kiosk", "unlock", "Main hall") == (0, {"kiosk": "Main hall"})
    monkeypatch.setenv("HMS_KIOSK__HOURS", "07:00-16:00")
    code, [kiosk] = hms("kiosk", "list")
    assert code == 0
    assert {key: kiosk[key] for key in ("name", "paired", "state", "given_today", "hours")} == {
        "name": "Main hall",
        "paired": False,
        "state": "never seen",
        "given_today": 0,
        "hours": "07:00-16:00",
    }
    assert hms("kiosk", "revoke", "Main hall")[0] == 2
    assert hms("kiosk", "revoke", "Main hall", "--yes") == (0, {"kiosk": "Main hall"})
    assert hms("kiosk", "list")[1][0]["state"] == "revoked"


def test_what_cannot_be_done_is_said_plainly(hms: Hms) -> None:
    assert hms("kiosk", "lock", "nowhere")[0] == 5
    assert hms("kiosk", "pair", "")[0] == 2
    hms("display", "pair", "Hall B")
    code, said = hms("kiosk", "pair", "Hall B")
    assert (code, said["error"]["code"]) == (6, "kiosks.name_taken")
