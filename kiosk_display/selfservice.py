"""The self-service kiosks: what each offers, and the number that somebody touched for.

Nothing is written here: each wish goes to the worker of ``hms serve``, under an id that
the page made once, so that asking again gives the same number.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from hms.infra.worker_line import Line, WorkerAway, WorkerRefused
from kiosk_display import wire
from kiosk_display.guests import TurnedAway
from kiosk_display.hub import HELLO_SECONDS, Allowance
from kiosk_display.place import Turnstile
from kiosk_display.reports import Reports
from kiosk_display.wire import BadFrame

MENU_SECONDS = 3.0  # how soon a lock, a pause and the end of the hours are seen
AGAIN_SECONDS = 0.5  # before a worker that did not answer is asked once more
ZONE = "(kiosk)"  # shows no queue, so that no call is expected to be seen here
TRIES_PER_SECOND, TRIES_AT_ONCE = 2.0, 30.0  # of one address; each is a question to the worker
DEVICE_LENGTH, QUEUE_LENGTH, CARD_LENGTH = 128, 20, 64
_TOUCH = re.compile(r"[0-9a-f]{32}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# What the page says to each refusal; to any other that the desk has to help.
WHY = {
    "kiosks.locked": "locked",
    "kiosks.hours": "hours",
    "kiosks.limit": "limit",
    "kiosks.too_fast": "busy",
    "kiosks.queue_closed": "closed",
    "queues.inactive": "closed",
    "tokens.daily_limit": "full",
    "tokens.already_queued": "already",
}
UNKNOWN = "kiosks.unknown"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks for: a number of a queue, with the card that was scanned or "" ."""

    touch: str
    queue: str
    card: str = field(default="", repr=False)
    language: str = "en"


@dataclass(eq=False, slots=True)
class Stand:
    """A kiosk as the staff's list of screens knows it: there, and silent."""

    name: str
    languages: tuple[str, ...]
    zone: str | None = ZONE
    sound: str = "off"


class Kiosks:
    """Serves the pages of the kiosks."""

    def __init__(self, line: Line, reports: Reports | None = None, page: str = "") -> None:
        """Ask the worker at ``line``; tell ``reports`` which kiosks are there.

        A kiosk that shows another ``page`` (its version) loads it again when nobody uses it.
        """
        self._line = line
        self._page = page
        self._reports = reports
        self._tries = Turnstile(per_second=TRIES_PER_SECOND, at_once=TRIES_AT_ONCE)

    async def attend(self, connection: ServerConnection) -> None:
        """Serve one kiosk until it leaves or is sent away."""
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                device = read_kiosk(await connection.recv())
            peer = connection.remote_address
            if not self._tries.lets(str(peer[0]) if peer else ""):
                raise TurnedAway(wire.LATER, "too many at once: try again")
            await self._serve(connection, device)
        except TimeoutError:
            await connection.close(wire.POLICY, "no KIOSK within 5 seconds")
        except BadFrame as error:
            await connection.close(wire.POLICY, str(error))
        except TurnedAway as error:
            await connection.close(error.close_code, str(error))
        except ConnectionClosed:
            return

    async def _serve(self, connection: ServerConnection, device: str) -> None:
        telling = asyncio.create_task(self._keep_telling(connection, device))
        hearing = asyncio.create_task(self._hear(connection, device))
        try:
            done, _ = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (telling, hearing):
                task.cancel()
            await asyncio.gather(telling, hearing, return_exceptions=True)

    async def _keep_telling(self, connection: ServerConnection, device: str) -> None:
        """Tell a kiosk every few seconds what it offers; that it is told is its heartbeat."""
        stand: Stand | None = None
        try:
            while True:
                menu = await self._menu(device)
                if menu is None:
                    await connection.send(_frame("AWAY"))
                else:
                    await connection.send(_frame("MENU", **menu, page=self._page))
                    stand = self._stands(menu, stand)
                await asyncio.sleep(MENU_SECONDS)
        finally:
            if stand is not None and self._reports is not None:
                self._reports.left(stand)

    def _stands(self, menu: Mapping[str, Any], before: Stand | None) -> Stand | None:
        if self._reports is None or before is not None:
            return before
        stand = Stand(str(menu["name"]), tuple(menu["languages"]))
        self._reports.came(stand)
        return stand

    async def _menu(self, device: str) -> Mapping[str, Any] | None:
        """Return what the kiosk offers, None when nobody can say.

        Raises:
            TurnedAway: the token is none of a kiosk (any more).
        """
        try:
            menu: Mapping[str, Any] = await self._line.ask("kiosks.menu", {"device": device})
        except WorkerAway:
            return None
        except WorkerRefused as error:
            if error.said == UNKNOWN:
                raise TurnedAway(wire.UNPAIRED, "this kiosk is not paired") from error
            log.warning("the worker tells no kiosk what it offers: %s", error.said)
            return None
        return menu

    async def _hear(self, connection: ServerConnection, device: str) -> None:
        loop = asyncio.get_running_loop()
        allowance = Allowance(at=loop.time())
        async for text in connection:
            if not allowance.take(loop.time()):
                raise BadFrame("too many frames")
            wish = read_take(text)
            await connection.send(await self._answer(device, wish))

    async def _answer(self, device: str, wish: Wish) -> str:
        """Return the frame with the number, or with why there is none."""
        body = {"device": device, "touch": wish.touch, "queue": wish.queue, "card": wish.card}
        try:
            said = await self._ask_twice(body)
        except WorkerAway:
            return _refused(wish, "away")
        except WorkerRefused as error:
            if error.said == UNKNOWN:
                raise TurnedAway(wire.UNPAIRED, "this kiosk is not paired") from error
            if error.said not in WHY:
                log.warning("a kiosk got no number: %s", error.said)
            return _refused(wish, WHY.get(error.said, "away"))
        if "refused" in said:
            return _refused(wish, str(said["refused"]))
        link = said.pop("link")
        squares = qr_rows(f"{link}?lang={wish.language}") if link else []
        return _frame("GIVEN", touch=wish.touch, **said, qr=squares)

    async def _ask_twice(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the worker; one that was just restarted, or was slow, is asked once more."""
        try:
            return dict(await self._line.ask("kiosks.take", body))
        except WorkerAway:
            await asyncio.sleep(AGAIN_SECONDS)
            return dict(await self._line.ask("kiosks.take", body))


def qr_rows(content: str) -> list[str]:
    """Return the QR code of ``content``, a row of 0 and 1 for each line of its squares."""
    import segno

    code = segno.make(content, error="m", micro=False)
    return ["".join("1" if dark else "0" for dark in row) for row in code.matrix_iter(border=0)]


def read_kiosk(text: str | bytes) -> str:
    """Return the device token of a kiosk's first frame.

    Raises:
        BadFrame: it is not KIOSK with a token.
    """
    frame = wire.read_object(text)
    device = frame.get("device")
    if frame.get("type") != "KIOSK" or not isinstance(device, str):
        raise BadFrame("the first frame must be KIOSK with a device")
    if not 1 <= len(device) <= DEVICE_LENGTH:
        raise BadFrame("device must be a token")
    return device


def read_take(text: str | bytes) -> Wish:
    """Return the wish of a kiosk's later frame.

    Raises:
        BadFrame: it is not TAKE, or a member is of a wrong kind.
    """
    frame = wire.read_object(text)
    touch, queue = frame.get("touch"), frame.get("queue")
    card, language = frame.get("card", ""), frame.get("lang", "en")
    if frame.get("type") != "TAKE":
        raise BadFrame("only TAKE is understood")
    if not isinstance(touch, str) or not _TOUCH.fullmatch(touch):
        raise BadFrame("touch must be 32 hexadecimal digits")
    if not isinstance(queue, str) or not 1 <= len(queue) <= QUEUE_LENGTH:
        raise BadFrame("queue must be a code")
    if not isinstance(card, str) or len(card) > CARD_LENGTH:
        raise BadFrame("card must be a short text")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise BadFrame("lang must be a language")
    return Wish(touch, queue, card, language)


def _refused(wish: Wish, why: str) -> str:
    return _frame("REFUSED", touch=wish.touch, why=why)


def _frame(kind: str, **members: Any) -> str:
    return json.dumps({"v": wire.VERSION, "type": kind, **members}, ensure_ascii=False)
