"""Use cases of the wall: notices, the screens themselves, and what they report."""

from hms.features.displays.service.answers import (
    call_answers,
    list_screens,
)
from hms.features.displays.service.listening import (
    Listener,
    listener,
)
from hms.features.displays.service.notices import (
    AddNotice,
    NoticeNotFound,
    NoticeRepeated,
    WallIsFull,
    ZoneUnknown,
    add_notice,
    list_notices,
    remove_notice,
    remove_old_notices,
)
from hms.features.displays.service.pairing import (
    PairingCode,
    PairScreen,
    ScreenAway,
    ScreenSentAway,
    ScreenUnknown,
    claim_pairing,
    identify_screen,
    pair_screen,
    reload_every_screen,
    reload_screen,
    revoke_screen,
)
from hms.features.displays.service.reports import (
    forget_old_reports,
    take_reports,
)

__all__ = [
    "AddNotice",
    "Listener",
    "NoticeNotFound",
    "NoticeRepeated",
    "PairScreen",
    "PairingCode",
    "ScreenAway",
    "ScreenSentAway",
    "ScreenUnknown",
    "WallIsFull",
    "ZoneUnknown",
    "add_notice",
    "call_answers",
    "claim_pairing",
    "forget_old_reports",
    "identify_screen",
    "list_notices",
    "list_screens",
    "listener",
    "pair_screen",
    "reload_every_screen",
    "reload_screen",
    "remove_notice",
    "remove_old_notices",
    "revoke_screen",
    "take_reports",
]
