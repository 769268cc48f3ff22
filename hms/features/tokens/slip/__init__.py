"""What is printed of a token: its slip, and the numbers on paper for when HMS is down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hms.features.patients import queries as patients
from hms.features.tokens import rules
from hms.features.tokens.queries import leg_now, placed, rooms_of
from hms.features.tokens.queries.slips import queue_level
from hms.features.tokens.queries.tokens import TokenView, first_leg_id
from hms.features.tokens.service.access import TokenRef, require_on_queue, token_named
from hms.features.tokens.service.paper import PaperView, ReservePaper, block_by_id, reserve_paper
from hms.features.tokens.service.slips import TOKEN_SLIP
from hms.features.tokens.slip.words import RIGHT_TO_LEFT, language_of, say
from hms.infra.printing import template
from hms.infra.printing.document import Rule, Slip, Space, Text, fill
from hms.infra.uow import Work
from hms.kernel import clock, privacy
from hms.kernel.actor import Actor
from hms.kernel.privacy import Place

if TYPE_CHECKING:
    from hms.features.printing.queries import JobView

_NOTHING_LEFT = ("entered_in_error", "cancelled", "expired")


def token_slips(work: Work, actor: Actor, job: JobView) -> Sequence[Slip] | None:
    """Make the slip of a print job; None when its token was taken back or given up meanwhile."""
    actor.require("printing.slips")
    token = leg_now(work.db, job.object_id)
    if token is None or token.status in _NOTHING_LEFT:
        return None
    return [slip_of(work, token, job.object_id, again=job.copy_no > 0)]


def paper_slips(work: Work, actor: Actor, job: JobView) -> Sequence[Slip] | None:
    """Make the slips of a block of paper numbers."""
    block = block_by_id(work, actor, job.object_id)
    return None if block is None else sheet(work, block)


SLIPS = {TOKEN_SLIP: token_slips, "paper_block": paper_slips}


def look(work: Work, actor: Actor, ref: TokenRef | None, *, again: bool = False) -> list[Slip]:
    """Return the slip of a token as it would be printed now; of an example without ``ref``.

    Raises:
        TokenNotFound: no token of today has this code.
    """
    actor.require("printing.slips")
    if ref is None:
        return [example(work)]
    token = token_named(work, actor, ref)
    require_on_queue(work, actor, "tokens.see", token.queue_id)
    return [slip_of(work, token, first_leg_id(work.db, token), again=again)]


def look_at_paper(work: Work, actor: Actor, command: ReservePaper) -> tuple[PaperView, list[Slip]]:
    """Reserve numbers on paper and return them with their slips, for a PDF."""
    block = reserve_paper(work, actor, command)
    return block, sheet(work, block)


def slip_of(work: Work, token: TokenView, first_leg: int, *, again: bool) -> Slip:
    """Return the slip of ``token``, which began as ``first_leg``; ``again`` marks it so."""
    language = _language(work)
    token = placed(work.db, token)
    rooms = rooms_of(work.db, token.queue_id)
    room = token.room or (rooms[0] if rooms else "")
    zone = clock.zone(work.settings.hospital.timezone)
    at = token.arrived_at.astimezone(zone)
    values = {
        "hospital": work.settings.hospital.name,
        "code": token.code,
        "queue": token.queue_name,
        "room": room,
        "class": say(language, token.token_class),
        "date": at.date().isoformat(),
        "time": at.strftime("%H:%M"),
        "ahead": _number(token.ahead),
        "wait_low": _number(token.wait_low_minutes),
        "wait_high": _number(token.wait_high_minutes),
        "people": _people(language, token.ahead),
        "wait": _wait(language, token.wait_low_minutes, token.wait_high_minutes),
        "go": say(language, "go", room=_room(language, room)) if room else "",
        "reprint": say(language, "reprint") if again else "",
    }
    return _filled(work, values, _link(work, token, first_leg), language, token)


def _room(language: str, room: str) -> str:
    return rules.room_words(room, say(language, "room"))


def example(work: Work) -> Slip:
    """Return a slip of invented values, to see how the configured lines look."""
    language = _language(work)
    zone = clock.zone(work.settings.hospital.timezone)
    values = {
        "hospital": work.settings.hospital.name,
        "code": "GM-042",
        "queue": "General medicine",
        "room": say(language, "room", n=3),
        "class": say(language, "elderly"),
        "date": work.now.astimezone(zone).date().isoformat(),
        "time": work.now.astimezone(zone).strftime("%H:%M"),
        "ahead": "7",
        "wait_low": "20",
        "wait_high": "35",
        "people": _people(language, 7),
        "wait": _wait(language, 20, 35),
        "go": say(language, "go", room=say(language, "room", n=3)),
        "reprint": "",
    }
    url = work.settings.display.public_url
    return _filled(work, values, f"{url}/t/{'A' * 28}" if url else "", language, None)


def sheet(work: Work, block: PaperView) -> list[Slip]:
    """Return one slip for each number of a block, without a place in the line."""
    language = _language(work)
    head = (
        Text(work.settings.hospital.name, "center", bold=True),
        Text(block.queue_name, "center", template.SIZES["big"]),
    )
    foot = (Rule(), Text(f"{block.service_day.isoformat()}   __:__", "center"))
    return [
        Slip(
            (
                *head,
                Space(),
                Text(code, "center", template.SIZES["huge"], bold=True),
                Text(say(language, "paper"), "center"),
                *foot,
            ),
            language in RIGHT_TO_LEFT,
        )
        for code in block.codes
    ]


def _filled(
    work: Work, values: dict[str, str], link: str, language: str, token: TokenView | None
) -> Slip:
    config = work.settings.printing
    lines = template.parse(config.template or template.DEFAULT)
    person = _person(work, token) if token is not None else ""
    follow = say(language, "follow") if link else ""
    every = {**values, "person": person, "follow": follow}
    return fill(lines, every, link, right_to_left=language in RIGHT_TO_LEFT)


def _person(work: Work, token: TokenView) -> str:
    """Return what the ladder lets the slip tell of the patient; it names the department, too."""
    telling = patients.telling(work.db, token.patient_id) if token.patient_id is not None else None
    if telling is None:
        return ""
    level = privacy.allowed(
        Place.SLIP,
        privacy.level_of(work.settings.printing.privacy),
        queue_level(work.db, token.queue_id),
        telling.level,
        beside_department=names_department(work.settings.printing.template),
    )
    return privacy.told(level, telling.name, telling.alias)


def names_department(lines: tuple[str, ...]) -> bool:
    """Return whether a template shows what the patient is here for: queue, room, or its code."""
    shown = {"{queue}", "{room}", "{go}"}
    return any(field in line for line in lines or template.DEFAULT for field in shown)


def _link(work: Work, token: TokenView, first_leg: int) -> str:
    """Return the address of the token's place, "" where no phone could reach the wall's server."""
    url = work.settings.display.public_url
    if not url or token.status not in rules.OPEN:
        return ""
    from hms.infra import place_link

    secret = place_link.make_secret(work.settings)
    return f"{url}/t/{place_link.sign(secret, first_leg, work.service_day())}"


def _language(work: Work) -> str:
    own = work.settings.printing.language
    return language_of((own,) if own else work.settings.hospital.languages)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _people(language: str, ahead: int | None) -> str:
    if ahead is None:
        return ""
    key = {0: "first", 1: "one"}.get(ahead, "people")
    return say(language, key, n=ahead)


def _wait(language: str, low: int | None, high: int | None) -> str:
    return say(language, "wait", a=low, b=high) if low is not None and high is not None else ""
