"""What can be done with one token of the list: called out of order, resumed, sent on, given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hms.features.tokens import service as tokens
from hms.kernel.i18n import msgid, phrase
from hms.kit.modals import Item, Pick, Reason

if TYPE_CHECKING:
    from hms.console.desks.calling import CallingDesk
    from hms.features.tokens.queries import TokenView

_CALL = Item("call", phrase("Call now, out of order"), phrase("asks why"))
_WHY = Item("why", phrase("Why is it at this place?"))
_MOVE = Item("move", phrase("Send on to another queue"))
_RESUME = Item("resume", phrase("Go on with it in the room"))
_BACK = Item("put_back", phrase("Let it wait again in its old place"))
_REJOIN = Item("rejoin", phrase("The patient is here now: wait again"))
_LEFT = Item("leave", phrase("The patient has left"))
_CANCEL = Item("cancel", phrase("Cancel the token"), phrase("asks why"))

_MENUS: dict[str, tuple[Item, ...]] = {
    "waiting": (_CALL, _WHY, _MOVE, _LEFT, _CANCEL),
    "on_hold": (_RESUME, _BACK, _MOVE, _LEFT, _CANCEL),
    "no_show": (_REJOIN, _LEFT, _CANCEL),
}
_NEEDS = {
    "call": "tokens.call",
    "resume": "tokens.call",
    "put_back": "tokens.call",
    "rejoin": "tokens.call",
    "move": "tokens.transfer",
    "leave": "tokens.cancel",
    "cancel": "tokens.cancel",
}


def open_menu(desk: CallingDesk, token: TokenView) -> None:
    """Offer what this person can do with ``token``."""
    items = [
        item for item in _MENUS.get(token.status, ()) if desk.host.may(_NEEDS.get(item.value, ""))
    ]
    title = f"{token.code}  {token.patient_name or ''}".strip()

    def chosen(value: str | None) -> None:
        if value is not None:
            _do(desk, token, value)

    desk.host.push_screen(Pick(title, items), chosen)


def _do(desk: CallingDesk, token: TokenView, value: str) -> None:
    simple: dict[str, tuple[Callable[..., Any], str]] = {
        "resume": (tokens.resume, msgid("{code} goes on")),
        "put_back": (tokens.put_back, msgid("{code} waits again")),
        "rejoin": (tokens.rejoin, msgid("{code} waits again")),
        "leave": (tokens.leave, msgid("{code} has left")),
    }
    if value in simple:
        use_case, words = simple[value]
        desk.perform(desk.verb(use_case, token, words))
    elif value == "move":
        desk.perform(desk.ask_target(token))
    elif value == "why":
        desk.perform(_why(desk, token))
    elif value == "call":
        named = {"room": desk.now_shown.room}
        _with_reason(
            desk,
            token,
            phrase("Call it now, before the others. Why?"),
            msgid("{code} is called"),
            named,
        )
    else:
        _with_reason(
            desk, token, phrase("Cancel the token. Why?"), msgid("{code} is cancelled"), None
        )


def _with_reason(
    desk: CallingDesk, token: TokenView, question: str, words: str, place: dict[str, Any] | None
) -> None:
    use_case: Callable[..., Any] = tokens.cancel if place is None else tokens.call

    def given(reason: str | None) -> None:
        if reason is not None:
            desk.perform(desk.verb(use_case, token, words, reason=reason, **(place or {})))

    desk.host.push_screen(
        Reason(phrase("{code}: {question}", code=token.code, question=question), required=True),
        given,
    )


async def _why(desk: CallingDesk, token: TokenView) -> None:
    why = await desk.ask(tokens.why, token.id)
    before = (
        phrase(" Before it: {codes}.", codes=", ".join(why.before))
        if why.before
        else phrase(" It is the next one.")
    )
    desk.say(
        phrase("{code}: {sentence}.{before}", code=token.code, sentence=why.sentence, before=before)
    )
