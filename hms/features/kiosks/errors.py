"""What a kiosk is refused; the page says each in the language of whoever stands before it."""

from __future__ import annotations

from hms.kernel.errors import NotFound, Refused


class KioskUnknown(NotFound):
    """No kiosk has this name, or this device token."""

    code = "kiosks.unknown"
    hint = "see: hms kiosk list"


class NameOfScreen(Refused):
    """A screen of the wall has this name."""

    code = "kiosks.name_taken"
    hint = "choose another name; see: hms display list"


class KioskLocked(Refused):
    """The staff locked this kiosk."""

    code = "kiosks.locked"
    hint = "open it again: hms kiosk unlock NAME"


class OutOfHours(Refused):
    """The kiosk gives out no numbers at this time of day."""

    code = "kiosks.hours"
    hint = "its hours are in [kiosk] of hms.toml"


class KioskLimit(Refused):
    """The kiosk gave out all its numbers of today."""

    code = "kiosks.limit"
    hint = "[kiosk] daily_limit in hms.toml"


class TooFast(Refused):
    """More numbers in a minute than people can ask for."""

    code = "kiosks.too_fast"
    hint = "wait a moment"


class QueueNotOffered(Refused):
    """The queue has no button here, is paused, or is no longer used."""

    code = "kiosks.queue_closed"
