"""How a zone's screens look: told to their pages with each snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from hms.infra.settings import Settings, ZoneDisplay


@dataclass(frozen=True, slots=True)
class Look:
    """The layout of a zone, how far away it is read, and what it does while nobody is called.

    ``viewing_metres`` 0: not asked; ``night`` is a stretch of the day or empty.
    """

    layout: str = "auto"
    viewing_metres: int = 0
    screen_inches: int = 55
    slides: bool = False
    night: str = ""


PLAIN = Look()


def look_of(settings: Settings, zone: str | None) -> Look:
    """Return how ``zone`` looks: its own settings before those of all."""
    display = settings.display
    own = display.zones.get(zone or "", ZoneDisplay())
    metres, inches = own.viewing_metres, own.screen_inches
    return Look(
        layout=own.layout or display.layout,
        viewing_metres=display.viewing_metres if metres is None else metres,
        screen_inches=inches or display.screen_inches,
        slides=bool(display.slides if own.slides is None else own.slides),
        night=display.night if own.night is None else own.night,
    )
