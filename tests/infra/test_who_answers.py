"""A wrong address of the database: which one it is, and what stands there instead."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hms.infra.db import open_database
from hms.infra.settings import Settings
from hms.infra.who_answers import product_of, who_answers
from hms.kernel.errors import Exit, Unavailable
from tests.redis_server import redis_server

MARIADB = b"\x5a\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00\x09\x00\x00\x00"


@contextmanager
def server_that_says(greeting: bytes) -> Iterator[int]:
    """Give the port of a server that greets so and says no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            while True:
                try:
                    client, _ = server.accept()
                    client.sendall(greeting)
                    client.close()
                except OSError:
                    return

        threading.Thread(target=greet, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def refusal_at(port: int) -> Unavailable:
    db = open_database(Settings(), url=f"postgresql+asyncpg://hms:se5ret@127.0.0.1:{port}/hms")
    began = time.monotonic()
    with pytest.raises(Unavailable) as told:
        db.read_now(lambda work: None)
    db.close_now()
    assert time.monotonic() - began < 5
    assert told.value.exit is Exit.UNAVAILABLE
    assert "se5ret" not in told.value.message + told.value.hint
    return told.value


def test_mariadb_at_the_address_is_named() -> None:
    with server_that_says(MARIADB) as port:
        said = refusal_at(port)
    assert said.code == "database.other_product"
    assert said.message == f"at 127.0.0.1:{port} answers MariaDB, not PostgreSQL"


def test_redis_at_the_address_is_named() -> None:
    with redis_server() as redis:
        said = refusal_at(redis.port)
    assert said.code == "database.other_product"
    assert "answers Redis" in said.message


def test_a_port_at_which_nothing_listens_is_told_with_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert f"nothing listens at 127.0.0.1:{port}" in refusal_at(port).message


def test_a_name_that_nobody_knows_is_told() -> None:
    said = asyncio.run(who_answers("nowhere.invalid", 5432))
    assert said is not None
    assert "nowhere.invalid" in said.message


@pytest.mark.parametrize(
    ("said", "product"),
    [
        (b"+PONG\r\n", "Redis"),
        (b"-NOAUTH Authentication required.\r\n", "Redis"),
        (b"HTTP/1.1 400 Bad Request\r\n", "a web server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH server"),
        (b"", None),
        (b"\x00\x01", None),
    ],
)
def test_products_are_known_by_what_they_say(said: bytes, product: str | None) -> None:
    assert product_of(said) == product
