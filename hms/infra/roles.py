"""Which rights on PostgreSQL each kind of process needs, and no more.

The owner of the tables (who ran ``hms init``) makes, upgrades and restores the
database.  Everybody else works under a role of their own: a desk that was broken
into cannot rewrite the audit, a wall cannot read a patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hms.infra.migrations.frozen import DROPPED

VERSIONS = Path(__file__).parent / "migrations" / "versions"
_CREATED = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")

ONLY_GROW = frozenset({"audit", "audit_seal", "outbox"})
ONLY_READ = frozenset({"meta", "hospital", "hospital_site", "numbers_left_out"})
MAY_FORGET = frozenset(
    {
        "display", "display_call", "display_pairing", "display_state", "patient_words",
        "queue_doctor", "queue_room", "recovery_code", "second_factor", "sign_in_throttle",
    }
)  # fmt: skip
WALL: dict[str, tuple[str, ...]] = {
    "meta": (),
    "outbox": (),
    "hospital": (),
    "hospital_site": (),
    "notice": (),
    "notice_reach": (),
    "display": (),
    "display_state": (),
    "display_call": (),
    "queue": (),
    "queue_room": (),
    "token": (
        "id", "hospital_id", "queue_id", "series_queue_id", "series", "service_day", "number",
        "code", "leg", "status", "token_class", "head_start_minutes", "rank", "counter", "room",
        "arrived_at", "issued_at", "called_at", "last_called_at", "started_at", "ended_at",
        "call_count", "recalls",
    ),
}  # fmt: skip
_BACKUP_NOTES = ("audit", "audit_seal", "outbox")  # a backup is an entry in the audit, too


def tables() -> list[str]:
    """Return the names of all tables, as the steps of the schema make them."""
    found: set[str] = set()
    for step in VERSIONS.glob("*.postgresql.sql"):
        found.update(_CREATED.findall(step.read_text(encoding="utf-8")))
    return sorted(found - DROPPED.keys())


def grants(database: str, prefix: str = "hms") -> list[str]:
    """Return the statements that make the roles, or bring them to what they need today.

    ``prefix_desk`` is for consoles and commands, ``prefix_serve`` for ``hms serve``
    (the same, and it may try its backups out), ``prefix_display`` for ``hms-display``,
    ``prefix_backup`` for ``hms backup`` and pg_dump.

    Raises:
        ValueError: ``prefix`` is no plain name.
    """
    if not _NAME.fullmatch(prefix):
        raise ValueError("letters, digits and _ only, a letter first")
    desk, serve, display, backup = (
        f"{prefix}_{kind}" for kind in ("desk", "serve", "display", "backup")
    )
    quoted = '"' + database.replace('"', '""') + '"'
    return [
        *(_role(name) for name in (desk, serve, display, backup)),
        f"ALTER ROLE {serve} CREATEDB",
        f"ALTER ROLE {backup} CREATEDB",
        f"ALTER ROLE {display} SET default_transaction_read_only = on",
        f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {quoted} TO {desk}, {serve}, {display}, {backup}",
        f"GRANT USAGE ON SCHEMA public TO {desk}, {display}, {backup}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {desk}, {serve}, {display}, {backup}",
        *_desk(desk),
        f"GRANT {desk} TO {serve}",
        *_wall(display),
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {backup}",
        f"GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO {backup}",
        f"GRANT INSERT ON {', '.join(_BACKUP_NOTES)} TO {backup}",
        f"GRANT UPDATE ON desk_session TO {backup}",
    ]


def _role(name: str) -> str:
    made = f"CREATE ROLE {name} LOGIN"
    return f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"


def _desk(role: str) -> Iterator[str]:
    yield f"GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table in tables():
        rights = ["SELECT"]
        if table not in ONLY_READ:
            rights.append("INSERT")
        if table not in ONLY_READ | ONLY_GROW:
            rights.append("UPDATE")
        if table in MAY_FORGET:
            rights.append("DELETE")
        yield f"GRANT {', '.join(rights)} ON {table} TO {role}"


def _wall(role: str) -> Iterator[str]:
    for table, columns in WALL.items():
        some = f" ({', '.join(columns)})" if columns else ""
        yield f"GRANT SELECT{some} ON {table} TO {role}"
