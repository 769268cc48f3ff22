"""Read models of the wall; no permission is checked here."""

from hms.features.displays.queries.notices import NoticeView, current_notices, shown
from hms.features.displays.queries.screens import (
    Device,
    ScreenView,
    Standing,
    all_screens,
    device_of,
    revoked_names,
    screen_names,
    standing_of,
)

__all__ = [
    "Device",
    "NoticeView",
    "ScreenView",
    "Standing",
    "all_screens",
    "current_notices",
    "device_of",
    "revoked_names",
    "screen_names",
    "shown",
    "standing_of",
]
