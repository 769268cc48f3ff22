"""The self-service kiosks as a desk has them: locked when one is in trouble, opened again later.

Whoever may manage them pairs one here, too, and sends one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hms.features.kiosks import service
from hms.features.kiosks.queries import KioskView
from hms.features.kiosks.service import KioskCode
from hms.kernel.clock import local_hm
from hms.kernel.i18n import phrase
from hms.kit.base import HmsScreen
from hms.kit.forms import Field
from hms.kit.modals import Answer, Ask, Item, Pick
from hms.kit.tui_actions import Action
from hms.kit.tui_form_dialog import FormDialog

KIOSKS = Action(
    "", "", "Self-service kiosks: lock one, or open it again", "kiosks",
    "A locked one gives out no numbers and sends people to the desk.", "kiosks.lock",
)  # fmt: skip
MANAGES = "kiosks.manage"
_NEW = "new"


async def show_kiosks(desk: HmsScreen[Any]) -> None:
    """Offer the kiosks, and what can be done with the chosen one."""
    kiosks: list[KioskView] = await desk.ask(service.list_kiosks)
    manages = desk.host.may(MANAGES)
    if not kiosks and not manages:
        desk.say("There is no kiosk yet; a manager pairs one.")
        return
    by_id = {str(kiosk.id): kiosk for kiosk in kiosks}
    items = [Item(key, kiosk.name, _note(kiosk)) for key, kiosk in by_id.items()]
    if manages:
        items.append(Item(_NEW, phrase("Pair a kiosk")))

    def picked(key: str | None) -> None:
        if key == _NEW:
            _ask_name(desk)
        elif key is not None:
            _ask(desk, by_id[key])

    desk.host.push_screen(Pick("Which kiosk?", items), picked)


def _note(kiosk: KioskView) -> str:
    if kiosk.state in ("locked", "revoked"):
        return phrase("locked") if kiosk.state == "locked" else phrase("revoked")
    return phrase("{n} today", n=kiosk.given_today)


def _ask(desk: HmsScreen[Any], kiosk: KioskView) -> None:
    locked = kiosk.locked_at is not None
    if locked:
        question = phrase("Open {name} again?", name=kiosk.name)
        answers = [Answer("f7", "open it: it gives out numbers", "turn")]
    else:
        question = phrase("Lock {name}?", name=kiosk.name)
        answers = [Answer("f7", "lock it: it gives out no numbers", "turn")]
    if desk.host.may(MANAGES):
        answers.append(Answer("f8", "pair it again: it asks for a new code", "pair"))
        answers.append(Answer("f10", "send it away", "revoke"))
    doing = {
        "turn": lambda: _turn(desk, kiosk),
        "pair": lambda: _pair(desk, kiosk.name),
        "revoke": lambda: _revoke(desk, kiosk),
    }

    def answered(answer: str | None) -> None:
        if answer is not None:
            desk.perform(doing[answer]())

    desk.host.push_screen(Ask(question, answers), answered)


async def _turn(desk: HmsScreen[Any], kiosk: KioskView) -> None:
    if kiosk.locked_at is None:
        await desk.do(service.lock_kiosk, kiosk.name)
        desk.say(phrase("{name} is locked", name=kiosk.name), "good")
    else:
        await desk.do(service.unlock_kiosk, kiosk.name)
        desk.say(phrase("{name} is open again", name=kiosk.name), "good")


async def _revoke(desk: HmsScreen[Any], kiosk: KioskView) -> None:
    await desk.do(service.revoke_kiosk, kiosk.name)
    desk.say(phrase("{name} is sent away", name=kiosk.name), "good")


async def _pair(desk: HmsScreen[Any], name: str) -> None:
    _tell(desk, await desk.do(service.pair_kiosk, name))


def _ask_name(desk: HmsScreen[Any]) -> None:
    async def save(values: Mapping[str, str]) -> Any:
        return await desk.do(service.pair_kiosk, values["name"])

    def given(code: KioskCode | None) -> None:
        if code is not None:
            _tell(desk, code)

    fields = (Field("name", "Name", max_length=64),)
    desk.host.push_screen(FormDialog("Pair a kiosk", fields, save), given)


def _tell(desk: HmsScreen[Any], code: KioskCode) -> None:
    until = local_hm(code.expires_at, desk.host.time_zone)
    detail = phrase(
        "Good once, until {until}. Type it on the page /kiosk, or open {address} there.",
        until=until,
        address=code.address,
    )
    done = [Answer("enter", "it is typed", "done")]
    desk.host.push_screen(Ask(f"{code.name}: {code.code}", done, detail=detail))
