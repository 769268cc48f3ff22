"""A hospital with a printer on a loopback socket; every change must leave an audit row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hms.infra import settings as conf
from tests.printer import Printer, network_printer
from tests.support import AuditWatch, Hospital, hospital_at, quick_folder

Open = Callable[..., tuple[Hospital, Printer]]


@pytest.fixture
def printing(tmp_path: Path) -> Iterator[Open]:
    """Return what opens a hospital whose settings name a printer of the given trouble."""
    with ExitStack() as stack:
        folder = stack.enter_context(quick_folder(tmp_path))

        def open_(
            trouble: str = "", *, public_url: str = "", **settings: object
        ) -> tuple[Hospital, Printer]:
            printer = stack.enter_context(network_printer(trouble))
            given = {
                "driver": "network",
                "target": f"127.0.0.1:{printer.port}",
                "timeout_seconds": 1,
            }
            config = conf.PrintingSettings(**{**given, **settings})  # type: ignore[arg-type]
            display = conf.DisplaySettings(public_url=public_url)
            made = hospital_at(folder / "data" / "hms.db", printing=config, display=display)
            return stack.enter_context(made), printer

        yield open_


@pytest.fixture(autouse=True)
def audit_watch() -> Iterator[None]:
    """Fail a test in which a domain row changed without an audit row in the same transaction."""
    watch = AuditWatch()
    watch.start()
    yield
    watch.stop()
    assert watch.missed == []
