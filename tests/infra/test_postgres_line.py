"""The line to PostgreSQL is watched at both ends, and of several servers the first one is found."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, text

from hms.infra import postgres_line
from hms.infra.backup.postgres import _server
from hms.infra.db import open_database
from hms.infra.settings import Settings
from hms.infra.transact import DatabaseReadOnly
from hms.kernel.errors import Unavailable
from tests.postgres import database

SHOWN = {
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "8000",
    "idle_in_transaction_session_timeout": "15s",
}


@pytest.fixture
def settings() -> Iterator[Settings]:
    """An empty database on a server that is reached by TCP."""
    with database() as made:
        yield made


def told(db: Connection) -> dict[str, str]:
    """Return what the server makes of our settings."""
    return {name: str(db.execute(text(f"SHOW {name}")).scalar_one()) for name in SHOWN}


def test_the_server_lets_go_of_a_lost_desk_and_of_one_that_stands_still(settings: Settings) -> None:
    db = open_database(settings)
    assert db.read_now(lambda work: told(work.db)) == SHOWN
    db.close_now()


def test_a_long_job_may_think_inside_its_transaction_but_its_line_is_watched(
    settings: Settings,
) -> None:
    db = open_database(settings, long_jobs=True)
    assert db.read_now(lambda work: told(work.db)) == {
        **SHOWN,
        "idle_in_transaction_session_timeout": "0",
    }
    db.close_now()


def test_a_desk_that_was_stopped_in_the_middle_is_told_so_and_works_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {**postgres_line.SERVER_SETTINGS, "idle_in_transaction_session_timeout": "200"}
    monkeypatch.setattr(postgres_line, "SERVER_SETTINGS", short)
    db = open_database(settings)

    def stand_still(connection: Connection) -> None:
        with connection.begin():
            connection.execute(text("SELECT 1"))
            time.sleep(1)
            connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        db.backend.run_now(stand_still, write=True)
    assert db.read_now(lambda work: work.db.execute(text("SELECT 1")).scalar_one()) == 1
    db.close_now()


@pytest.mark.asyncio
async def test_this_end_of_the_line_is_watched(settings: Settings) -> None:
    url = make_url(settings.database.url)
    where = {"host": url.host, "port": url.port, "user": url.username, "database": url.database}
    raw = await postgres_line.connect(**where, password=url.password)
    line = raw._transport.get_extra_info("socket")
    assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 3
    assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == postgres_line.DEAD_MS
    await raw.close()


def several(settings: Settings, *ports: int) -> str:
    """Return an address with further servers in front of the one of ``settings``."""
    url = make_url(settings.database.url)
    hosts = [*(f"127.0.0.1:{port}" for port in ports), f"{url.host}:{url.port}"]
    plain = url.set(host=None, port=None).update_query_dict({"host": tuple(hosts)})
    return plain.render_as_string(hide_password=False)


def test_of_several_servers_one_that_is_gone_and_one_that_is_silent_are_passed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_line, "EACH_SECONDS", 0.5)
    asked: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        ports = [gone.getsockname()[1], silent.getsockname()[1]]
        db = open_database(settings, url=several(settings, *ports))
        assert db.read_now(lambda work: work.db.execute(text("SELECT 1")).scalar_one()) == 1
        db.close_now()
        real = postgres_line.connect

        async def noted(**how: Any) -> Any:
            import asyncpg

            connect = asyncpg.connect

            async def noting(**one: Any) -> Any:
                asked.append(one["port"])
                return await connect(**one)

            with monkeypatch.context() as changed:
                changed.setattr(asyncpg, "connect", noting)
                return await real(**how)

        monkeypatch.setattr(postgres_line, "connect", noted)
        again = open_database(settings, url=several(settings, *ports))
        again.read_now(lambda work: None)
        again.close_now()
    assert asked == [make_url(settings.database.url).port], "the one that served is asked first"


def test_when_none_of_several_is_there_the_desk_is_told_within_seconds(settings: Settings) -> None:
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{gone.getsockname()[1]}"
        url = f"postgresql+asyncpg://hms@/hms?host={here}&host={here}"
        db = open_database(settings, url=url)
        with pytest.raises(Unavailable, match="cannot be reached"):
            db.read_now(lambda work: None)
        db.close_now()


def test_only_standbys_is_told_as_such(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncpg

    async def standby(**_how: Any) -> Any:
        raise asyncpg.TargetServerAttributeNotMatched("none")

    db = open_database(settings, url=several(settings, 1))
    with monkeypatch.context() as changed:
        changed.setattr(asyncpg, "connect", standby)
        with pytest.raises(DatabaseReadOnly) as refused:
            db.read_now(lambda work: None)
    assert "standby" in refused.value.hint
    db.close_now()


def test_a_database_that_may_only_be_read_is_found_out_before_the_first_change(
    settings: Settings,
) -> None:
    db = open_database(settings)
    db.read_now(lambda work: postgres_line.refuse_only_reading(work.db))
    db.close_now()
    wall = open_database(settings, read_only=True)
    with pytest.raises(DatabaseReadOnly, match="nothing be written"):
        wall.read_now(lambda work: postgres_line.refuse_only_reading(work.db))
    wall.close_now()


@pytest.mark.asyncio
async def test_a_socket_file_has_no_line_to_be_watched(tmp_path: Path) -> None:
    class Raw:
        class _transport:  # noqa: N801 - the driver's name
            get_extra_info = staticmethod(lambda _name: line)

    path = str(tmp_path / "s")
    server = await asyncio.start_unix_server(lambda _r, _w: None, path)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        assert postgres_line._watched(Raw)
    server.close()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("postgresql+asyncpg://a@db/hms", ("db", "")),
        ("postgresql+asyncpg://a@db:5433/hms", ("db", "5433")),
        ("postgresql+asyncpg://a@/hms?host=/run/postgresql", ("/run/postgresql", "")),
        ("postgresql+asyncpg://a@/hms?host=db1:5432&host=db2:5433", ("db1,db2", "5432,5433")),
    ],
)
def test_the_servers_own_programs_are_told_the_same_servers(
    url: str, server: tuple[str, str]
) -> None:
    assert _server(make_url(url)) == server
