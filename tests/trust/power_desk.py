"""A desk that acknowledges into a file, for the tests that cut the power: FOLDER COUNT PROMISE."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hms.infra import sqlite
from tests.trust.books import url_of
from tests.trust.desk_process import at_work, call, issue
from tests.trust.powercut import ACKS


def without_the_promise() -> None:
    """Let SQLite not wait for the disk, as is usually advised with WAL: the control."""
    promised = sqlite._set_promises

    def set_promises(raw: Any, *, read_only: bool) -> None:
        promised(raw, read_only=read_only)
        raw.execute("PRAGMA synchronous=NORMAL")

    sqlite._set_promises = set_promises


def main(folder: Path, count: int, promise: str) -> None:
    """Give out and call ``count`` tokens; what is committed is noted in the file of the ACKS."""
    if promise == "NORMAL":
        without_the_promise()
    told = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT, 0o600)
    with at_work(url_of(folder / "hms.db")) as application:
        for number in range(count):
            token = issue(application, "GM")
            os.write(told, b"%d\n" % token.id)
            if number % 3 == 2:
                call(application, "GM", "Room 1")
        os._exit(0)  # as a power cut would: nothing is tidied up


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
