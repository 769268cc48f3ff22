"""The line from the display server to the worker of ``hms serve``: it asks, the worker acts.

The wall has a read-only database; what screens report goes over this line.  One
question a connection, one JSON line each way, on a unix socket in the data
directory.  A worker that is away or slow costs the wall nothing: a question ends
after its time, reports wait in a bounded box that drops the oldest.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from hms.infra.settings import Settings
from hms.kernel.errors import Exit, HmsError, Unavailable

MAX_LINE = 256 * 1024  # bytes of a question or an answer
ASK_SECONDS = 3.0
PACE_SECONDS = 1.0  # reports are carried at most so often
RETRY_SECONDS = 2.0
REPORTS_KEPT = 2_000
REPORTS_AT_ONCE = 200
_LONGEST_ADDRESS = 100  # bytes that every system takes as the path of a socket

log = logging.getLogger(__name__)


class WorkerAway(Unavailable):
    """No worker answers: ``hms serve`` does not run on this machine, or is busy."""

    code = "worker.away"
    hint = "start it: hms serve"


class WorkerRefused(HmsError):
    """The worker answered with an error; ``said`` is that error's own code."""

    code = "worker.refused"

    def __init__(self, said: str, message: str, hint: str, exit_code: int) -> None:
        super().__init__(message, hint=hint)
        self.said = said
        self.exit = Exit(exit_code)  # type: ignore[misc]  # the error's own, not the class's


class Line(Protocol):
    """How the wall reaches a worker; another transport (past one machine) fits in here."""

    async def ask(self, job: str, body: Mapping[str, Any]) -> Any:
        """Return the worker's answer to ``job``.

        Raises:
            WorkerAway: nobody answers in time.
            WorkerRefused: the use case refused.
        """


def socket_path(settings: Settings) -> Path:
    """Return where the worker of this installation listens."""
    return settings.data_dir / "worker.sock"


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Give an address that a socket takes: the path, or a short way to it when it is long."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class SocketLine:
    """The line over the unix socket at ``path``."""

    def __init__(self, path: Path, *, seconds: float = ASK_SECONDS) -> None:
        self._path = path
        self._seconds = seconds

    async def ask(self, job: str, body: Mapping[str, Any]) -> Any:
        """Return the worker's answer to ``job``; see ``Line``."""
        question = json.dumps({"job": job, "body": dict(body)}).encode() + b"\n"
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._exchange(question)
        except (TimeoutError, OSError, ValueError) as error:
            raise WorkerAway(
                "the worker of hms serve does not answer"
                if isinstance(error, TimeoutError)
                else "no worker of hms serve runs here"
            ) from error
        return given(answer)

    async def _exchange(self, question: bytes) -> dict[str, Any]:
        with address_of(self._path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=MAX_LINE)
        try:
            writer.write(question)
            await writer.drain()
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if not isinstance(answer, dict):
            raise ValueError("no answer of a worker")
        return answer


def given(answer: Mapping[str, Any]) -> Any:
    """Return what an answer holds; raise the refusal in it."""
    error = answer.get("error")
    if error is None:
        return answer.get("answer")
    raise WorkerRefused(
        str(error.get("code", "")),
        str(error.get("message", "")),
        str(error.get("hint", "")),
        int(error.get("exit", Exit.UNEXPECTED)),
    )


class Postbox:
    """Carries reports to one job, a batch at a time; never makes its owner wait.

    What happened goes first, in order; how something is, of which only the last is
    kept for each key, goes after it and pushes none of it out.  What a worker refuses
    is dropped; what nobody answers for is kept, the oldest going first when a box is full.
    """

    def __init__(
        self,
        line: Line,
        job: str,
        *,
        most: int = REPORTS_KEPT,
        pace_seconds: float = PACE_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._line = line
        self._job = job
        self._kept: deque[dict[str, Any]] = deque(maxlen=most)
        self._states: dict[Hashable, dict[str, Any]] = {}
        self._most = most
        self._something = asyncio.Event()
        self._pace = pace_seconds
        self._retry = retry_seconds
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._kept) + len(self._states)

    def put(self, report: dict[str, Any]) -> None:
        """Leave ``report`` to be carried; the oldest goes when the box is full."""
        self.dropped += len(self._kept) == self._kept.maxlen
        self._kept.append(report)
        self._something.set()

    def put_state(self, key: Hashable, report: dict[str, Any]) -> None:
        """Leave ``report`` in place of the one of ``key`` that waits; it keeps its turn."""
        self._states[key] = report
        self._trim()
        self._something.set()

    async def carry(self) -> None:
        """Carry reports for as long as there are any to come; never returns."""
        while True:
            await self._something.wait()
            carried = await self.carry_once()
            if not len(self):
                self._something.clear()
            await asyncio.sleep(self._pace if carried else self._retry)

    async def carry_once(self) -> bool:
        """Carry one batch; return whether somebody took it."""
        batch = [self._kept.popleft() for _ in range(min(len(self._kept), REPORTS_AT_ONCE))]
        room = REPORTS_AT_ONCE - len(batch)
        states = {key: self._states.pop(key) for key in list(self._states)[:room]}
        if not batch and not states:
            return True
        try:
            await self._line.ask(self._job, {"reports": [*batch, *states.values()]})
        except WorkerAway:
            room = (self._kept.maxlen or 0) - len(self._kept)
            self.dropped += max(0, len(batch) - room)
            self._kept.extendleft(reversed(batch[max(0, len(batch) - room) :]))
            self._states = {**states, **self._states}  # what was said meanwhile is newer
            self._trim()
            return False
        except WorkerRefused as error:
            log.warning("the worker refused what screens report: %s", error.said)
        return True

    def _trim(self) -> None:
        while len(self._states) > self._most:
            del self._states[next(iter(self._states))]
            self.dropped += 1
