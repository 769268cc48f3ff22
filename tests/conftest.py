"""What all tests share: a clean environment, and no silent skip where everything is required."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hms.infra import passwords
from tests import postgres
from tests.trust import cluster

OURS = (logging.StreamHandler, logging.FileHandler)
_LONG_FIRST = (
    "kiosk_display/test_page", "simulation", "trust", "cli/test_demo", "kit/test_keygate",
    "console", "journeys", "kiosk_display", "properties",
)  # fmt: skip
_EXEMPT = ("HMS_TEST_", "HMS_REQUIRE_ALL")
_MEMORY = Path("/dev/shm")
_HASHING_KIB = passwords.MEMORY_KIB
_NEVER_ON_DISK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
_FILES_ARE_COPIED = 15  # the version of PostgreSQL that can be told so
_ROOM_BYTES = 2 * 1024**3  # all tests leave far less; a container may have 64 MiB


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep the person's own configuration, session and data out of every test."""
    for name in list(os.environ):
        if name.startswith("HMS_") and not name.startswith(_EXEMPT):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    return home


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Take away what a test's program has set up for its log: its stream ends with the test."""
    root = logging.getLogger()
    before, level = set(root.handlers), root.level
    yield
    for handler in [one for one in root.handlers if type(one) in OURS and one not in before]:
        root.removeHandler(handler)
        if isinstance(handler, logging.FileHandler):
            handler.close()
    root.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Hash with little memory: the real cost is tested where ``real_hashing`` is asked for."""
    with _hashing(64):
        yield


@pytest.fixture
def real_hashing() -> Iterator[None]:
    """Hash at the real cost."""
    with _hashing(_HASHING_KIB):
        yield


@contextmanager
def _hashing(memory_kib: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "MEMORY_KIB", memory_kib)
        passwords._context.cache_clear()
        yield
    passwords._context.cache_clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database postgresql`` puts the hospitals of the tests on PostgreSQL."""
    kinds = ("sqlite", "postgresql")
    parser.addoption("--database", choices=kinds, help="on which kind of database to test")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put the folders of tests that run beside each other into memory, where it has room.

    They wait for the disk more than they work, and do not ask what it keeps.  Those
    marked ``on_disk`` do ask; they find it by ``HMS_TEST_DISK``, who runs alone lies on it.
    """
    if not config.getoption("numprocesses", None) or os.environ.get("TMPDIR"):
        return
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
        os.environ["HMS_TEST_DISK"] = tempfile.gettempdir()
        folder = tempfile.mkdtemp(prefix="hms-", dir=_MEMORY)
        os.environ["TMPDIR"] = tempfile.tempdir = folder  # the workers' too
        config.option.basetemp = config.option.basetemp or f"{folder}/t"  # sockets need short names
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        if cluster.can_be_made():
            _put_postgresql_into_memory(config)


def _put_postgresql_into_memory(config: pytest.Config) -> None:
    """Let the hospitals on PostgreSQL lie on a server of the run's own that waits for no disk.

    Each test has a database of its own: made on a disk, they take most of the time.
    """
    server = ExitStack()
    made = server.enter_context(cluster.cluster(options=_NEVER_ON_DISK, inside=_MEMORY))
    os.environ["HMS_TEST_POSTGRES_URL"] = made.url  # the workers' too
    if cluster.version() >= _FILES_ARE_COPIED:
        os.environ[postgres.HOW_COPIED] = "STRATEGY FILE_COPY"  # a quarter of the time, in memory
    config.add_cleanup(server.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long files; leave out what is about SQLite itself on PostgreSQL."""
    items.sort(key=_turn)
    if config.getoption("database") == "postgresql":
        gone = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


def _turn(item: pytest.Item) -> int:
    """Return the place of a test's folder: long files begun last would run on one worker alone."""
    path = item.path.as_posix()
    return next((n for n, name in enumerate(_LONG_FIRST) if f"/tests/{name}" in path), 99)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked ``both_databases`` on each, unless one was asked for."""
    marked = any(mark.name == "both_databases" for mark in metafunc.definition.iter_markers())
    if marked and metafunc.config.getoption("database") is None:
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """On which kind of database the hospitals of this test lie."""
    asked = request.config.getoption("database") or "sqlite"
    kind = str(getattr(request, "param", asked))
    monkeypatch.setenv(postgres.VARIABLE, kind)
    return kind


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where ``HMS_REQUIRE_ALL`` is set, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("HMS_REQUIRE_ALL") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although HMS_REQUIRE_ALL is set"
    return report
