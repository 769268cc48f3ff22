"""What stands where the settings say that PostgreSQL is, asked only when it was not reached.

A name that nobody knows, a port at which nothing listens, another product: each is
another mistake in ``[database] url``, and the driver calls them all alike.
"""

from __future__ import annotations

import asyncio
import socket

from hms.kernel.errors import Unavailable
from hms.kernel.i18n import phrase
from hms.kernel.text import show

GREETING_SECONDS = 0.3  # MariaDB and MySQL speak first, and at once
ANSWER_SECONDS = 0.5
QUESTION = b"PING\r\n\r\n"  # Redis and web servers answer a line, PostgreSQL hangs up

_PRODUCTS: tuple[tuple[bytes, str], ...] = (
    (b"mariadb", "MariaDB"),
    (b"mysql", "MySQL"),
    (b"+PONG", "Redis"),
    (b"-NOAUTH", "Redis"),
    (b"-DENIED", "Redis"),
    (b"-ERR", "Redis"),
    (b"HTTP/", "a web server"),
    (b"SSH-", "an SSH server"),
)


class OtherProduct(Unavailable):
    """The address of the database is that of something else."""

    code = "database.other_product"
    hint = "write the address of PostgreSQL into [database] url (its port is 5432 as a rule)"


async def who_answers(host: str, port: int) -> Unavailable | None:
    """Return what is wrong with ``host`` and ``port``, None when nothing can be said.

    Takes no longer than ``GREETING_SECONDS`` and ``ANSWER_SECONDS`` together.
    """
    place = f"{show(host)}:{port}"
    try:
        async with asyncio.timeout(GREETING_SECONDS + ANSWER_SECONDS):
            said = await _listen(host, port)
    except socket.gaierror:
        return Unavailable(
            phrase("no machine is known by the name {host}", host=show(host)),
            hint="see [database] url, and whether this machine's name server answers",
        )
    except ConnectionRefusedError:
        return Unavailable(
            phrase("the database cannot be reached: nothing listens at {place}", place=place),
            hint="is PostgreSQL running, and is that its address? see [database] url",
        )
    except TimeoutError:
        return Unavailable(
            phrase("the database does not answer at {place}", place=place),
            hint="is it PostgreSQL that [database] url names, and does a firewall let it through?",
        )
    except OSError as error:
        return Unavailable(
            phrase(
                "the database cannot be reached at {place}: {value}",
                place=place,
                value=error.strerror or "no way there",
            ),
            hint="see [database] url, and the network between here and there",
        )
    product = product_of(said)
    return (
        OtherProduct(
            phrase("at {place} answers {product}, not PostgreSQL", place=place, product=product)
        )
        if product
        else None
    )


def product_of(said: bytes) -> str | None:
    """Return the product that says ``said``, None for one we do not know."""
    return next((name for sign, name in _PRODUCTS if sign.lower() in said.lower()), None)


async def _listen(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                return await reader.read(256)
        except TimeoutError:
            writer.write(QUESTION)
            return await reader.read(256)
    finally:
        writer.close()
