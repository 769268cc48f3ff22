"""``hms display`` as programs call it."""

from __future__ import annotations

import pytest

from tests.features.displays.commands.test_notices import Hms, hms

__all__ = ["hms"]


def test_a_screen_is_paired_listed_and_sent_away(hms: Hms) -> None:
    code, made = hms("display", "pair", "Hall B", "--lang", "en,hi")
    assert code == 0
    assert made["languages"] == ["en", "hi"]
    assert made["address"] == f"/?pair={made['code']}"
    code, [screen] = hms("display", "list")
    assert code == 0
    assert (screen["name"], screen["paired"], screen["state"]) == ("Hall B", False, "never seen")
    assert hms("display", "identify", "hall b")[0] == 6
    assert hms("display", "reload", "--all") == (0, {"screens": []})
    assert hms("display", "revoke", "Hall B", "--yes") == (0, {"screens": ["Hall B"]})


def test_what_cannot_be_done_is_said_plainly(hms: Hms) -> None:
    assert hms("display", "revoke", "nowhere", "--yes")[0] == 5
    assert hms("display", "pair", "Hall", "--zone", "nowhere")[0] == 5
    assert hms("display", "reload")[0] == 2
    assert hms("display", "reload", "Hall", "--all")[0] == 2
    assert hms("display", "pair", "")[0] == 2
    code, said = hms("display", "pair", "Hall", "--lang", "klingon")
    assert code == 2
    assert "klingon is no language" in said["error"]["message"]
    assert "en, es, fr, pt, de, hi, bn, ar, ur, sw, zh" in said["error"]["hint"]


def test_the_whole_address_is_told_where_the_hospital_named_it(
    hms: Hms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_DISPLAY__PUBLIC_URL", "http://10.0.0.5:8765")
    _, made = hms("display", "pair", "Hall B")
    assert made["address"] == f"http://10.0.0.5:8765/?pair={made['code']}"


def test_sending_a_screen_away_asks_first(hms: Hms) -> None:
    hms("display", "pair", "Hall B")
    assert hms("display", "revoke", "Hall B")[0] == 2
