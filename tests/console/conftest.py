"""A hospital on disk for each test, and people who sit down at its console."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import Application, open_application
from hms.features.staff import service as staff
from hms.infra.sessions import SignedIn
from tests.console.scratch import PASSWORD, build, settings_at
from tests.console.sitting import Sitting, sit_down


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a furnished hospital, made once."""
    folder = tmp_path_factory.mktemp("hospital") / "data"
    build(folder)
    return folder


@pytest.fixture
def folder(furnished: Path, tmp_path: Path) -> Path:
    """Return a folder with a hospital of this test's own."""
    own = tmp_path / "data"
    shutil.copytree(furnished, own)
    return own


class OtherDesk:
    """Somebody at another desk of the same hospital, in this process but through the database."""

    def __init__(self, application: Application, login: str) -> None:
        self.application = application
        self.who: SignedIn = staff.sign_in_now(application.db, login, PASSWORD, "other desk")

    def do(self, use_case: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Change something."""
        return self.application.do_now(self.who, use_case, *args, **named)

    def ask(self, use_case: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Look at something."""
        return self.application.ask_now(self.who, use_case, *args, **named)


@pytest.fixture
def nora(folder: Path) -> Any:
    """Return the nurse at another desk."""
    application = open_application(settings=settings_at(folder))
    yield OtherDesk(application, "nora")
    application.close_now()


@pytest.fixture
def sit(folder: Path) -> Callable[..., Any]:
    """Return a way to open the console on this test's hospital and sign in."""

    @asynccontextmanager
    async def opened(
        login: str | None = "asha", size: tuple[int, int] = (80, 24), **how: Any
    ) -> AsyncIterator[Sitting]:
        async with sit_down(settings_at(folder), login, size, **how) as sitting:
            yield sitting

    return opened
