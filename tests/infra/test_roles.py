"""On PostgreSQL each kind of process has the rights it needs and no more."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from hms.bootstrap import invariants
from hms.features.displays import service as displays
from hms.features.displays.queries import all_screens
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.upkeep.service import record_backup
from hms.infra import roles
from hms.infra.backup.make import make_backup
from hms.infra.db import open_database
from hms.infra.sealing import seal_all_now
from hms.infra.settings import Settings
from kiosk_display import server as wall
from kiosk_display.place import look
from tests import postgres
from tests.house.sources import ROOT
from tests.support import SERVICE, Hospital, opened

PASSWORD = "seven calm green rivers"
KINDS = ("desk", "serve", "display", "backup")

FORGETS = re.compile(r"(?:\bdelete\((_?\w+)\)|\b(_?\w+)\.delete\(\))")


def test_every_table_that_loses_rows_is_named() -> None:
    """A feature that deletes from a table of its own must say so, or its desk could not."""
    lost = set()
    for file in (ROOT / "hms" / "features").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        for found in FORGETS.finditer(source):
            name = found[1] or found[2]
            if name != "table":  # of a loop over several, which other lines name
                lost.add(_table(source, name) if name.startswith("_") else name)
    assert lost <= roles.MAY_FORGET, lost - roles.MAY_FORGET


def _table(source: str, name: str) -> str:
    model = re.search(rf"^{name} = table_of\((?:\w+\.)?(\w+)\)", source, re.MULTILINE)
    assert model is not None, name
    for file in (ROOT / "hms").rglob("*.py"):
        held = re.search(
            rf"class {model[1]}\(.*?__tablename__ = \"(\w+)\"", file.read_text(), re.DOTALL
        )
        if held is not None:
            return held[1]
    raise AssertionError(model[1])


def test_the_audit_only_grows_and_the_wall_knows_no_person() -> None:
    said = roles.grants("hms")
    assert "GRANT SELECT, INSERT ON audit TO hms_desk" in said
    assert "GRANT SELECT ON meta TO hms_desk" in said
    wall = [line for line in said if line.endswith("TO hms_display") and "SELECT" in line]
    assert len(wall) == len(roles.WALL)
    assert not any(word in " ".join(wall) for word in ("patient", "user", "reason", "secret"))
    with pytest.raises(ValueError, match="letters"):
        roles.grants("hms", "x; DROP TABLE patient")
    assert '"odd""name"' in " ".join(roles.grants('odd"name'))


class Cluster:
    """A furnished hospital on PostgreSQL and its four roles."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.prefix = f"hms_test_{secrets.token_hex(4)}"

    def settings_as(self, kind: str) -> Settings:
        """Return the settings of a process that works under the role ``kind``."""
        url = make_url(self.settings.database.url).set(
            username=f"{self.prefix}_{kind}", password=PASSWORD
        )
        whole = url.render_as_string(hide_password=False)
        return replace(self.settings, database=replace(self.settings.database, url=whole))

    @contextmanager
    def opened_as(self, kind: str) -> Iterator[Hospital]:
        """Open the hospital under a role."""
        with opened(self.settings_as(kind)) as hospital:
            yield hospital

    def run(self, kind: str, *statements: str) -> None:
        """Run SQL as a role, as the owner when ``kind`` is empty."""
        settings = self.settings_as(kind) if kind else self.settings
        asyncio.run(_run(settings.database.url, *statements))

    def refused(self, kind: str, statement: str) -> bool:
        """Return whether PostgreSQL refuses it for want of a right."""
        try:
            self.run(kind, statement)
        except DBAPIError as error:
            return "permission denied" in str(error)
        return False


async def _run(url: str, *statements: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A hospital with patients and tokens whose owner has run ``hms db grants`` twice."""
    with pytest.MonkeyPatch.context() as patch, postgres.database() as settings:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("share")))
        made = Cluster(settings)
        with opened(settings, furnished=False) as hospital:
            hospital.issue(patient=hospital.patient("Lakshmi Rao").mrn)
        name = make_url(settings.database.url).database or ""
        try:
            for _ in range(2):
                made.run("", *roles.grants(name, made.prefix))
            for kind in KINDS:
                made.run("", f"ALTER ROLE {made.prefix}_{kind} PASSWORD '{PASSWORD}'")
            yield made
        finally:
            for kind in ("serve", "desk", "display", "backup"):
                role = f"{made.prefix}_{kind}"
                made.run("", f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_desk_does_its_whole_work(cluster: Cluster) -> None:
    with cluster.opened_as("desk") as desk:
        mrn = desk.patient("Ottokar Blum").mrn
        desk.issue(patient=mrn)
        called = desk.called()
        desk.do("nils", tokens.start, called.id)
        desk.do("nils", tokens.complete, called.id)
        desk.do(SERVICE, tokens.add_queue, tokens.AddQueue("X", "X ray", rooms=("Room 8",)))
        desk.do(SERVICE, displays.add_notice, displays.AddNotice("The lift is out of order"))
        desk.do(SERVICE, tokens.close_past_days)
        with pytest.raises(staff.WrongPassword):
            staff.sign_in_now(desk.db, "nobody", "not the password", "desk 1")
        seal_all_now(desk.db)
        assert desk.one("SELECT count(*) FROM audit_seal") > 0


@pytest.mark.parametrize("kind", ["desk", "serve", "backup"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_seal",
        "UPDATE outbox SET payload = '{}'",
        "UPDATE meta SET value = '99'",
        "DELETE FROM patient",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
        "DROP TABLE token",
    ],
)
def test_nobody_but_the_owner_rewrites_the_past(
    cluster: Cluster, kind: str, statement: str
) -> None:
    if "ALTER" in statement or "DROP" in statement:
        with pytest.raises(DBAPIError, match="must be owner"):
            cluster.run(kind, statement)
    else:
        assert cluster.refused(kind, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM patient",
        "SELECT name FROM user_account",
        "SELECT patient_id FROM token",
        "SELECT * FROM audit",
        "SELECT reason FROM token",
        "SELECT * FROM desk_session",
        "SELECT code_hash FROM display_pairing",
        "SET default_transaction_read_only = off; ",
    ],
)
def test_the_wall_reads_no_patient(cluster: Cluster, statement: str) -> None:
    if statement.startswith("SET"):
        writes = "INSERT INTO notice (hospital_id, text, urgent, created_at)"
        writes += " VALUES (1, 'x', false, now())"
        with pytest.raises(DBAPIError, match="permission denied"):
            cluster.run("display", "SET default_transaction_read_only = off", writes)
    else:
        assert cluster.refused("display", statement)


def test_the_wall_shows_the_hospital_under_its_role(cluster: Cluster) -> None:
    async def asked() -> str:
        stop, at = asyncio.Event(), asyncio.get_running_loop().create_future()
        told = lambda host, port: at.set_result((host, port))  # noqa: E731
        settings = cluster.settings_as("display")
        serving = asyncio.create_task(wall.serve(settings, "127.0.0.1", 0, stop, ready=told))
        try:
            return await _first_frame(*await asyncio.wait_for(at, 10))
        finally:
            stop.set()
            await serving

    frame = asyncio.run(asked())
    assert '"type":"SNAPSHOT"' in frame.replace(" ", "")
    assert "GM-001" in frame


def test_the_wall_reads_screens_and_the_place_of_a_slip_under_its_role(cluster: Cluster) -> None:
    with cluster.opened_as("desk") as desk:
        sent = desk.issue()
        desk.do("rosa", tokens.transfer, sent.id, "ENT")
    database = open_database(cluster.settings_as("display"), read_only=True)
    try:
        place = database.read_now(lambda work: look(work, sent.id, sent.service_day))
        screens = database.read_now(lambda work: all_screens(work.db, work.now))
    finally:
        database.close_now()
    assert place is not None
    assert (place["code"], place["state"]) == (sent.code, "waiting")
    assert screens == []


def test_the_server_may_forget_a_screen_that_came_by_name(cluster: Cluster) -> None:
    """One long unseen makes room for the next: names on an open network are anybody's."""
    cluster.run("serve", "DELETE FROM display WHERE name = 'nobody'")


async def _first_frame(host: str, port: int) -> str:
    from websockets.asyncio.client import connect

    async with connect(f"ws://{host}:{port}/ws") as socket:
        await socket.send('{"type": "HELLO", "name": "hall-a", "zone": null, "after": null}')
        while True:
            frame = str(await asyncio.wait_for(socket.recv(), 10))
            if "SNAPSHOT" in frame:
                return frame


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="pg_dump is not installed")
@pytest.mark.parametrize("kind", ["backup", "serve"])
def test_a_backup_is_made_tried_out_and_noted(cluster: Cluster, kind: str) -> None:
    with cluster.opened_as(kind) as hospital:
        made = make_backup(hospital.settings, invariants())
        rows = made.manifest.facts.rows
        hospital.do(SERVICE, record_backup, made.file.name, made.bytes, rows)
        assert rows > 10
