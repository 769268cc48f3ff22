"""The self-service kiosks as a desk has them: locked when one is in trouble, opened again later."""

from __future__ import annotations

from typing import Any

from hms.features.kiosks import service
from hms.features.kiosks.queries import KioskView
from hms.kernel.i18n import phrase
from hms.kit.base import HmsScreen
from hms.kit.modals import Answer, Ask, Item, Pick
from hms.kit.tui_actions import Action

KIOSKS = Action(
    "", "", "Lock a self-service kiosk, or open it again", "kiosks",
    "A locked one gives out no numbers and sends people to the desk.", "kiosks.lock",
)  # fmt: skip


async def show_kiosks(desk: HmsScreen[Any]) -> None:
    """Offer the kiosks, and what can be done with the chosen one."""
    kiosks: list[KioskView] = await desk.ask(service.list_kiosks)
    if not kiosks:
        desk.say("There is no kiosk yet; make one with: hms kiosk pair NAME")
        return
    by_id = {str(kiosk.id): kiosk for kiosk in kiosks}
    items = [
        Item(
            key,
            kiosk.name,
            phrase("{n} today", n=kiosk.given_today)
            if kiosk.locked_at is None
            else phrase("locked"),
        )
        for key, kiosk in by_id.items()
    ]

    def picked(key: str | None) -> None:
        if key is not None:
            _ask(desk, by_id[key])

    desk.host.push_screen(Pick("Which kiosk?", items), picked)


def _ask(desk: HmsScreen[Any], kiosk: KioskView) -> None:
    if kiosk.locked_at is None:
        question = phrase("Lock {name}?", name=kiosk.name)
        answers = [Answer("f7", "lock it: it gives out no numbers", "do")]
    else:
        question = phrase("Open {name} again?", name=kiosk.name)
        answers = [Answer("f7", "open it: it gives out numbers", "do")]

    def answered(answer: str | None) -> None:
        if answer is not None:
            desk.perform(_turn(desk, kiosk))

    desk.host.push_screen(Ask(question, answers), answered)


async def _turn(desk: HmsScreen[Any], kiosk: KioskView) -> None:
    if kiosk.locked_at is None:
        await desk.do(service.lock_kiosk, kiosk.name)
        desk.say(phrase("{name} is locked", name=kiosk.name), "good")
    else:
        await desk.do(service.unlock_kiosk, kiosk.name)
        desk.say(phrase("{name} is open again", name=kiosk.name), "good")
