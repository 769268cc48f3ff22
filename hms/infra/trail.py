"""What follows an operation in the audit: sealing it soon, and noting who was refused.

Both come after the operation has ended, in transactions of their own: no desk
waits for them, and when they fail the operation stands as it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from hms.infra import sealing
from hms.infra.audit_chain import BATCH
from hms.infra.db import Database
from hms.infra.uow import Work
from hms.kernel.actor import Actor
from hms.kernel.errors import HmsError, NotPermitted

QUIET_SECONDS = 2.0  # operations of this span are sealed together
_log = logging.getLogger(__name__)


class Trail:
    """The end of the audit that one process keeps in order.

    ``grew`` says that something was written since the last sealing.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.grew = False
        self._due: asyncio.TimerHandle | None = None
        self._sealing: asyncio.Task[None] | None = None

    def seal_soon(self) -> None:
        """Let what was written be sealed once the present moment's work is done."""
        self.grew = True
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._start)

    async def seal_all(self) -> None:
        """Seal everything that is not sealed yet, also what other processes left.

        Raises:
            Unavailable: the database is busy, full or out of reach.
        """
        self.grew = False
        while await sealing.seal(self._db) == BATCH:
            continue

    def refused_now(
        self, actor: Callable[[Work], Actor], use_case: Callable[..., Any], refusal: NotPermitted
    ) -> None:
        """Record that somebody tried what they may not; nobody known leaves no entry."""
        try:
            self._db.write_now(lambda work: _record(work, actor(work), use_case, refusal))
            self.grew = True
        except HmsError as error:
            _log.debug("a refusal is not recorded: %s", error.code)

    async def refused(
        self, actor: Callable[[Work], Actor], use_case: Callable[..., Any], refusal: NotPermitted
    ) -> None:
        """Record that somebody tried what they may not, without blocking the event loop."""
        try:
            await self._db.write(lambda work: _record(work, actor(work), use_case, refusal))
            self.seal_soon()
        except HmsError as error:
            _log.debug("a refusal is not recorded: %s", error.code)

    def close_now(self) -> None:
        """Seal one batch of what this process wrote; the rest is sealed by whoever comes next."""
        if not self.grew:
            return
        self.grew = False
        try:
            sealing.seal_now(self._db)
        except HmsError as error:
            _log.info("the audit is sealed later: %s", error.message)

    async def close(self) -> None:
        """End what is under way and seal one batch of what this process wrote."""
        if self._sealing is not None:
            await asyncio.wait([self._sealing])
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self.grew:
            await self._seal()

    def _start(self) -> None:
        self._due = None
        self._sealing = asyncio.get_running_loop().create_task(self._seal_and_go_on())

    async def _seal_and_go_on(self) -> None:
        if await self._seal() == BATCH:
            self.seal_soon()

    async def _seal(self) -> int:
        self.grew = False
        try:
            return await sealing.seal(self._db)
        except HmsError as error:
            _log.info("the audit is sealed later: %s", error.message)
            return 0


def _record(work: Work, actor: Actor, use_case: Callable[..., Any], refusal: NotPermitted) -> None:
    module, name = use_case.__module__, getattr(use_case, "__name__", "")
    feature = module.split(".")[2] if module.startswith("hms.features.") else module
    after = {"use_case": f"{feature}.{name}", "code": refusal.code}
    if refusal.permission is not None:
        after["permission"] = refusal.permission
    work.audit(actor, "access.denied", "use_case", None, after=after)
