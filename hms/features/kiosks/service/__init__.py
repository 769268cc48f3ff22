"""Use cases of the kiosks: what one offers, the number it gives, what the staff does with it."""

from hms.features.kiosks.service.managing import (
    KioskCode,
    list_kiosks,
    lock_kiosk,
    pair_kiosk,
    revoke_kiosk,
    unlock_kiosk,
)
from hms.features.kiosks.service.numbers import Given, Menu, menu, take_number

__all__ = [
    "Given",
    "KioskCode",
    "Menu",
    "list_kiosks",
    "lock_kiosk",
    "menu",
    "pair_kiosk",
    "revoke_kiosk",
    "take_number",
    "unlock_kiosk",
]
