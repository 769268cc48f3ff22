"""``hms display`` as programs call it."""

from __future__ import annotations

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
    assert hms("display", "identify", "hall b") == (0, {"screens": ["Hall B"]})
    assert hms("display", "reload", "--all") == (0, {"screens": []})
    assert hms("display", "revoke", "Hall B", "--yes") == (0, {"screens": ["Hall B"]})


def test_what_cannot_be_done_is_said_plainly(hms: Hms) -> None:
    assert hms("display", "revoke", "nowhere", "--yes")[0] == 5
    assert hms("display", "pair", "Hall", "--zone", "nowhere")[0] == 5
    assert hms("display", "reload")[0] == 2
    assert hms("display", "reload", "Hall", "--all")[0] == 2
    assert hms("display", "pair", "")[0] == 2


def test_sending_a_screen_away_asks_first(hms: Hms) -> None:
    hms("display", "pair", "Hall B")
    assert hms("display", "revoke", "Hall B")[0] == 2
