"""How a zone looks: its own settings before those of all."""

from __future__ import annotations

from dataclasses import replace

from hms.infra.settings import DisplaySettings, Settings, ZoneDisplay
from kiosk_display.look import PLAIN, look_of


def test_a_zone_looks_as_it_is_told_and_otherwise_like_all() -> None:
    everywhere = DisplaySettings(layout="list", viewing_metres=8, night="22:00-06:00", slides="s")
    own = {"hall": ZoneDisplay(layout="hero", slides="", night="", viewing_metres=0)}
    settings = Settings(display=replace(everywhere, zones=own))
    look = look_of(settings, "hall")
    assert (look.layout, look.slides, look.night, look.viewing_metres) == ("hero", False, "", 0)
    other = look_of(settings, None)
    assert (other.layout, other.slides, other.night) == ("list", True, "22:00-06:00")
    assert (other.viewing_metres, other.screen_inches) == (8, 55)
    assert look_of(Settings(), None) == PLAIN
