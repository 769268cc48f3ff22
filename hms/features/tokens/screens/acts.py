"""What a desk does with one token: called again, sent on, given up, rejoined, attached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from hms.features.tokens import rules, service
from hms.features.tokens.queries import QueueView, TokenView
from hms.features.tokens.rules import Move, Status
from hms.kernel.i18n import phrase, word
from hms.kit.base import Faceplate
from hms.kit.modals import Item, Pick, Reason

WHY, ATTACH, SLIP = "why", "attach", "slip"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done with a token.

    ``calls`` needs a queue that this desk may call; ``asks`` is the question whose
    answer becomes the reason; ``done`` follows the token's code in the message.
    """

    name: str
    label: str
    use_case: Callable[..., Any]
    move: Move
    permission: str
    done: str
    asks: str = ""
    calls: bool = False


_CALL = "tokens.call"
ACTS: tuple[Act, ...] = (
    Act("recall", "Call it again", service.recall, Move.RECALL, "tokens.recall", "called again"),
    Act("start", "The patient came in", service.start, Move.START, _CALL, "came in", calls=True),
    Act("complete", "The visit is finished", service.complete, Move.COMPLETE, _CALL, "finished",
        calls=True),
    Act("no_show", "Nobody came to the call", service.no_show, Move.NO_SHOW, _CALL, "did not come",
        calls=True),
    Act("hold", "Put it aside", service.hold, Move.HOLD, _CALL, "put aside",
        "Put it aside. Why?", calls=True),
    Act("resume", "Go on with it", service.resume, Move.RESUME, _CALL, "goes on", calls=True),
    Act("put_back", "Let it wait again in its old place", service.put_back, Move.PUT_BACK, _CALL,
        "waits again", calls=True),
    Act("call", "Call it now, out of order", service.call, Move.CALL, _CALL, "called",
        "Call it before the others. Why?", calls=True),
    Act("rejoin", "The patient is here now: wait again", service.rejoin, Move.REJOIN, _CALL,
        "waits again", calls=True),
    Act("transfer", "Send on to another queue", service.transfer, Move.TRANSFER,
        "tokens.transfer", "sent on"),
    Act("left", "The patient has left", service.leave, Move.LEAVE, "tokens.cancel", "left"),
    Act("cancel", "Cancel the token", service.cancel, Move.CANCEL, "tokens.cancel", "cancelled",
        "Cancel it. Why?"),
)  # fmt: skip
_BY_NAME = {act.name: act for act in ACTS}


def acts_for(
    token: TokenView, may: Callable[[str], bool], callable_ids: Collection[int]
) -> list[Act]:
    """Return what may be done with ``token`` as it stands now, in the order of the menu."""
    status = Status(token.status)
    return [
        act
        for act in ACTS
        if status in rules.LEGAL[act.move][0]
        and may(act.permission)
        and (not act.calls or token.queue_id in callable_ids)
    ]


class TokenActs:
    """Runs the acts for a screen; what was done goes to ``acted``.

    ``attach`` is called to look for the patient of a token that has none.
    """

    def __init__(
        self,
        face: Faceplate,
        *,
        acted: Callable[[TokenView, str], None],
        attach: Callable[[TokenView], None],
    ) -> None:
        self._face = face
        self._acted = acted
        self._attach = attach

    def open_menu(
        self,
        token: TokenView,
        boards: Sequence[QueueView],
        callable_ids: Collection[int],
        *,
        prints: bool = False,
    ) -> None:
        """Offer what can be done with ``token``; the first item changes nothing.

        ``prints`` says that slips are printed here.
        """
        items = [Item(WHY, phrase("Why is it at this place?"))]
        if token.patient_id is None and token.open and self._face.host.may("tokens.issue"):
            items.append(Item(ATTACH, phrase("Say whose token it is")))
        if prints and token.open and self._face.host.may("printing.slips"):
            items.append(Item(SLIP, phrase("Print its slip again"), phrase("marked as such")))
        acts = acts_for(token, self._face.host.may, callable_ids)
        items += [
            Item(act.name, word(act.label), phrase("asks why") if act.asks else "") for act in acts
        ]
        title = f"{token.code}  {token.patient_name or ''}".strip()

        def chosen(name: str | None) -> None:
            if name == WHY:
                self._face.perform(self._why(token))
            elif name == ATTACH:
                self._attach(token)
            elif name == SLIP:
                self._face.perform(self._reprint(token))
            elif name is not None:
                self.start(name, token, boards)

        self._face.host.push_screen(Pick(title, items), chosen)

    def start(self, name: str, token: TokenView, boards: Sequence[QueueView] = ()) -> None:
        """Do the act ``name``, after its question when it has one."""
        act = _BY_NAME[name]
        if name == "transfer":
            self._ask_target(token, boards)
        elif act.asks:
            self._ask_reason(act, token)
        else:
            self._face.perform(self._run(act, token))

    def _ask_reason(self, act: Act, token: TokenView) -> None:
        def given(reason: str | None) -> None:
            if reason is not None:
                self._face.perform(self._run(act, token, reason=reason))

        question = phrase("{code}: {question}", code=token.code, question=word(act.asks))
        hint = "Enter alone: none given"
        self._face.host.push_screen(Reason(question, placeholder=hint), given)

    def _ask_target(self, token: TokenView, boards: Sequence[QueueView]) -> None:
        items = [
            Item(
                v.row.code,
                f"{v.row.code:<9}{v.row.name}",
                phrase("{waiting} waiting", waiting=v.waiting),
            )
            for v in boards
            if v.row.id != token.queue_id
        ]

        def picked(code: str | None) -> None:
            if code is not None:
                self._face.perform(self._run(_BY_NAME["transfer"], token, to=code))

        self._face.host.push_screen(
            Pick(phrase("Send {code} to which queue?", code=token.code), items), picked
        )

    async def _run(self, act: Act, token: TokenView, **named: Any) -> None:
        after: TokenView = await self._face.do(act.use_case, token.id, **named)
        self._acted(after, word(act.done))

    async def _reprint(self, token: TokenView) -> None:
        await self._face.do(service.reprint, token.id)
        self._face.say(phrase("{code}: its slip is printed again", code=token.code), "good")

    async def _why(self, token: TokenView) -> None:
        why: service.Why = await self._face.ask(service.why, token.id)
        if token.status != Status.WAITING:
            before = phrase("")
        elif why.before:
            codes = ", ".join(why.before[:6]) + (" …" if len(why.before) > 6 else "")
            before = phrase(" Before it: {codes}.", codes=codes)
        else:
            before = phrase(" It is the next one.")
        self._face.say(
            phrase(
                "{code}: {sentence}.{before}", code=token.code, sentence=why.sentence, before=before
            )
        )
