"""The line to PostgreSQL: when either end takes it for dead, and which server is asked.

A cut line says nothing: the desk would wait for an answer for a quarter of an hour,
and the server keep the locks of that desk for two hours, at which every other desk
of the queue waits.  So both ends ask each other now and then (TCP keepalive), and
neither believes in what was not confirmed for some seconds.  A desk whose line is
whole but whose program stands still loses its transaction, too.

Work that thinks for long inside a transaction (backup, restore, migration, copy)
opens its connections with ``long_jobs``; its line is watched all the same.
"""

from __future__ import annotations

import socket
from typing import Any

from sqlalchemy import Connection

# What the desk's own end does: after DEAD_MS without a confirmation the line is dead, whether
# something was sent or only awaited.  Short enough that a person is told within ten seconds, the
# vain try to connect anew included; long enough for a roaming tablet and some lost packets.
DEAD_MS = 5_000
_OWN_END = (
    ("TCP_KEEPIDLE", 3),
    ("TCP_KEEPINTVL", 1),
    ("TCP_KEEPCNT", 2),
    ("TCP_USER_TIMEOUT", DEAD_MS),  # Linux; elsewhere the three above come to the same
)
# What the server's end does, so that the locks of a lost desk are free after ten seconds: a
# little later than the desk itself, so that a line that is only slow is given up by one end.
_LOST_MS = 8_000
LINE_SETTINGS = {
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": str(_LOST_MS),
}
# No use case pauses in its transaction; one that does for so long is a desk that was stopped,
# and everybody at its queue waits.
STOPPED_MS = 15_000
# Who waits for such a desk is told "busy" before; a desk that was cut off is let go by then.
BUSY_MS = 10_000
# No statement of a desk is worth compiling: with ten million patients the server would take
# 50 ms to compile one that runs for a fifth of a millisecond.
SERVER_SETTINGS = {
    **LINE_SETTINGS,
    "jit": "off",
    "idle_in_transaction_session_timeout": str(STOPPED_MS),
    "lock_timeout": str(BUSY_MS),
}

ONLY_READING = "default_transaction_read_only"
# What PgBouncer has to be told to leave alone; the database's role or server may be set so itself.
NOT_A_POOLERS = (*SERVER_SETTINGS, ONLY_READING)

EACH_SECONDS = 1.5  # for each of several servers: one that says nothing must not hide the next

_served: dict[tuple[tuple[str, int], ...], int] = {}  # which of several served last


class OnlyStandbys(ConnectionError):
    """Servers answer, and none of them is the first one, which takes changes."""

    sqlstate = "25006"


def connect_args(
    name: str, *, seconds: float, read_only: bool = False, long_jobs: bool = False
) -> dict[str, Any]:
    """Return how SQLAlchemy connects: under which name, how patiently, by which line.

    Args:
        name: what the server's list of connections shows.
        seconds: after how long a server that says nothing is not there.
        read_only: refuse every change.
        long_jobs: a transaction may pause for as long as it likes.
    """
    told = {"application_name": name, **(LINE_SETTINGS if long_jobs else SERVER_SETTINGS)}
    if read_only:
        told[ONLY_READING] = "on"
    return {"server_settings": told, "timeout": seconds, "async_creator_fn": connect}


async def connect(**asked: Any) -> Any:
    """Connect as ``asyncpg.connect`` does, and watch the line.

    Of several servers the one that takes changes is meant (``target_session_attrs=primary``),
    and the one that was it last is asked first.
    """
    import asyncpg

    hosts = asked.get("host")
    if not isinstance(hosts, list):
        return _watched(await asyncpg.connect(**asked))
    places = tuple(zip(hosts, asked["port"], strict=True))
    asked.setdefault("target_session_attrs", "primary")
    asked["timeout"] = min(asked.get("timeout") or EACH_SECONDS, EACH_SECONDS)
    first = _served.get(places, 0)
    trouble: Exception | None = None
    for turn in range(len(places)):
        at = (first + turn) % len(places)
        try:
            raw = await asyncpg.connect(**{**asked, "host": places[at][0], "port": places[at][1]})
        except (asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError) as error:
            trouble = error  # it says more than one that is not there
        except asyncpg.TargetServerAttributeNotMatched:
            trouble = OnlyStandbys("only standbys answer")
        except OSError as error:
            trouble = trouble or error
        else:
            _served[places] = at
            return _watched(raw)
    assert trouble is not None
    raise trouble


def refuse_only_reading(db: Connection) -> None:
    """Raise what a desk would be told at its first change, where the server only reads.

    A role that is made so, the wall's, is meant so.

    Raises:
        OnlyStandbys: it is a standby, or set so; a DatabaseReadOnly for who asked.
    """
    asked = (
        "SELECT pg_is_in_recovery() OR (setting = 'on' AND source <> 'user') "
        "FROM pg_settings WHERE name = 'default_transaction_read_only'"
    )
    if db.exec_driver_sql(asked).scalar_one():
        raise OnlyStandbys("it only reads")


def watch(line: Any) -> None:
    """Let this end of a TCP socket notice within ``DEAD_MS`` that the other is gone."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _OWN_END:
        number = getattr(socket, option, None)
        if number is not None:
            line.setsockopt(socket.IPPROTO_TCP, number, value)


def _watched(raw: Any) -> Any:
    line = raw._transport.get_extra_info("socket")
    if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
        watch(line)
    return raw
