"""Two hospitals in one database: nothing of one is reachable or shown in the other."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hms.bootstrap import Application, wire
from hms.features.displays import service as displays
from hms.features.displays.rules import Claim, Report
from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.printing import service as printing
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.upkeep import service as upkeep
from hms.features.upkeep.queries import AuditFilter
from hms.infra.keys import create_keys
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.sessions import SignedIn
from hms.infra.settings import DatabaseSettings, PrintingSettings, Settings
from hms.infra.settings import Hospital as HospitalSettings
from hms.infra.uow import Work
from hms.kernel.errors import HmsError, NotFound
from kiosk_display import place
from tests import postgres
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import screen

PASSWORD = "seven green umbrellas in the rain"
CODES = ("main", "north")


@dataclass
class House:
    """One hospital of the two as its desks see it; ``token`` waits in its queue GM."""

    application: Application
    people: dict[str, SignedIn]
    token: int = 0
    mrn: str = ""
    notice: int = 0

    @property
    def settings(self) -> Settings:
        """Return the settings of its desks."""
        return self.application.settings

    def do(self, who: str, use_case: Callable[..., Any], *args: Any) -> Any:
        """Run a use case at one of its desks."""
        return self.application.do_now(self.people[who], use_case, *args)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House, Path]]:
    """Give both hospitals; tests add to them and take nothing away."""
    folder = tmp_path_factory.mktemp("chain")
    with _database(request.param, folder) as settings:
        create_keys(settings)
        first = wire(_of(settings, "main"), create=True)
        second = wire(_of(settings, "north"))
        service = first.as_service("tests")
        first.db.write_now(_first_hospital)
        first.do_now(service, staff.add_hospital, staff.AddHospital("north", "North Hospital"))
        secret = OneTimeSecret(PASSWORD, make_hash(PASSWORD))
        for application, mark, name in (
            (first, "a", "General medicine"),
            (second, "b", "Only in the north"),
        ):
            for role in ("manager", "receptionist", "doctor"):
                command = staff.AddUser(f"{mark}-{role}", role, f"Staff {mark}")
                application.do_now(service, staff.add_user, command, secret)
            application.do_now(service, tokens.add_queue, tokens.AddQueue("GM", name))
        first.do_now(service, staff.add_user, staff.AddUser("boss", "admin"), secret)
        first.db.write_now(_no_new_passwords)
        pair = (_house(first, "a"), _house(second, "b"))
        for house in pair:
            _fill(house)
        keys = folder / "kept.json"
        shutil.copy(first.settings.data_dir / "keys.json", keys)
        yield *pair, keys
        first.close_now()
        second.close_now()


@pytest.fixture
def houses(built: tuple[House, House, Path]) -> tuple[House, House]:
    """Return both hospitals, the keys in this test's own home."""
    first, second, keys = built
    here = first.settings.data_dir / "keys.json"
    if not here.exists():
        here.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(keys, here)
    return first, second


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[Settings]:
    if kind == "sqlite":
        yield Settings(database=DatabaseSettings(url=f"sqlite+aiosqlite:///{folder / 'hms.db'}"))
        return
    with postgres.database() as made:
        yield made


def _first_hospital(work: Work) -> None:
    staff.ensure_hospital(work)


def _of(settings: Settings, code: str) -> Settings:
    named = HospitalSettings(name=f"Hospital {code}", code=code)
    paper = PrintingSettings(driver="file", target="/dev/null")
    zones: dict[str, tuple[str, ...]] = {"hall": ("GM",)}
    return replace(settings, hospital=named, printing=paper, zones=zones)


def _no_new_passwords(work: Work) -> None:
    work.db.exec_driver_sql("UPDATE user_account SET must_change = false")
    work.audit(staff.service_actor(1, "tests"), "tests.ready", "user_account", None)


def _house(application: Application, mark: str) -> House:
    names = {role: f"{mark}-{role}" for role in ("manager", "receptionist", "doctor")}
    names["boss"] = "boss"
    people = {
        role: staff.sign_in_now(application.db, name, PASSWORD, f"desk {mark}")
        for role, name in names.items()
    }
    return House(application, people)


def _fill(house: House) -> None:
    name = house.settings.hospital.code
    person = RegisterPatient(name=f"Person of {name}", phone="+91 98200 11223")
    house.mrn = house.do("receptionist", patients.register, person).mrn
    command = tokens.IssueToken("GM", house.mrn)
    house.token = house.do("receptionist", tokens.issue, command).id
    house.notice = house.do("manager", displays.add_notice, displays.AddNotice(f"Hello {name}")).id
    service = house.application.as_service("wall")
    report = Report(f"screen {name}", None, "en", 1, "ok")
    house.application.do_now(service, displays.take_reports, [report])
    house.do("manager", staff.ensure_room, f"Room of {name}")


def test_no_list_of_one_hospital_has_anything_of_the_other(houses: tuple[House, House]) -> None:
    for house, other in (houses, houses[::-1]):
        foreign = other.settings.hospital.code
        lists: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
            ("receptionist", tokens.list_queues, ()),
            ("receptionist", tokens.list_tokens, ()),
            ("receptionist", patients.search, ("person",)),
            ("receptionist", printing.list_jobs, ()),
            ("manager", displays.list_notices, ()),
            ("manager", displays.list_screens, ()),
            ("manager", staff.list_users, ()),
            ("manager", staff.list_doctors, ()),
            ("manager", staff.list_rooms, ()),
            ("manager", staff.list_hospitals, ()),
            ("manager", upkeep.show_audit, (AuditFilter(limit=200),)),
            ("boss", staff.list_users, ()),
        ]
        for who, use_case, given in lists:
            found = house.do(who, use_case, *given)
            said = json.dumps([one.as_json() for one in found], default=str).lower()
            assert found, use_case.__name__
            assert f"of {foreign}" not in said, use_case.__name__
            assert f"hello {foreign}" not in said, use_case.__name__
            assert f"screen {foreign}" not in said, use_case.__name__
            assert ("only in the north" in said) <= (foreign == "main"), use_case.__name__


def test_nothing_of_the_other_hospital_can_be_named(houses: tuple[House, House]) -> None:
    for house, other in (houses, houses[::-1]):
        queue = next(one for one in other.do("manager", tokens.list_queues))
        job = other.do("receptionist", printing.list_jobs)[0]
        screen_name = f"screen {other.settings.hospital.code}"
        tries: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
            ("receptionist", tokens.show_token, (other.token,)),
            ("receptionist", tokens.cancel, (other.token,)),
            ("boss", tokens.show_token, (other.token,)),
            ("manager", tokens.pause_queue, (queue.row.id,)),
            ("manager", printing.retry, (job.id,)),
            ("manager", displays.remove_notice, (other.notice,)),
            ("manager", displays.revoke_screen, (screen_name,)),
            ("manager", staff.disable_user, (other.people["doctor"].name,)),
            ("receptionist", tokens.issue, (tokens.IssueToken(queue.row.id),)),
        ]
        for who, use_case, given in tries:
            with pytest.raises(NotFound):
                house.do(who, use_case, *given)
        assert other.do("receptionist", tokens.show_token, other.token).status == "waiting"


def test_people_sign_in_at_their_own_hospital_administrators_at_each(
    houses: tuple[House, House],
) -> None:
    first, second = houses
    with pytest.raises(staff.OtherHospital):
        staff.sign_in_now(second.application.db, "a-manager", PASSWORD, "desk b")
    with pytest.raises(staff.OtherHospital):
        second.application.ask_now(first.people["manager"], tokens.list_queues)
    seen = second.do("boss", staff.list_hospitals)
    assert [one.code for one in seen] == list(CODES)
    made = second.do(
        "boss", staff.add_user, staff.AddUser("b-nurse", "nurse"), OneTimeSecret("", "none")
    )
    assert made.user.name in {user.name for user in second.do("manager", staff.list_users)}
    assert "b-nurse" not in {user.name for user in first.do("manager", staff.list_users)}
    refused = first.do("manager", upkeep.show_audit, AuditFilter(action="session.refused"))
    assert refused[0].after["code"] == "access.other_hospital"


def test_a_wall_a_code_and_a_slip_are_of_one_hospital(houses: tuple[House, House]) -> None:
    first, second = houses
    code = first.do("manager", displays.pair_screen, displays.PairScreen("hall-a")).code
    worker = second.application.as_service("wall")
    answer = second.application.do_now(worker, displays.claim_pairing, Claim(code))
    assert "refused" in answer

    def slip(house: House, token_id: int) -> dict[str, Any] | None:
        day = house.do("receptionist", tokens.show_token, house.token).service_day
        return house.application.db.read_now(lambda work: place.look(work, token_id, day))

    assert slip(first, first.token) is not None
    assert slip(second, first.token) is None
    asyncio.run(_watch(first, second))


async def _watch(first: House, second: House) -> None:
    try:
        await _watch_both(first, second)
    finally:
        for house in (first, second):
            await house.application.db.backend.close()


async def _watch_both(first: House, second: House) -> None:
    async with (
        wall(first.settings) as wall_a,
        wall(second.settings) as wall_b,
        screen(wall_a.port) as hall_a,
        screen(wall_b.port) as hall_b,
    ):
        await hall_a.until("SNAPSHOT")
        await hall_b.until("SNAPSHOT")
        assert hall_b.view is not None
        assert [queue["name"] for queue in hall_b.view["queues"]] == ["Only in the north"]
        assert [one["text"] for one in hall_b.view["notices"]] == ["Hello north"]
        desk, house = first.people["receptionist"], first.application
        await house.do(desk, tokens.issue, tokens.IssueToken("GM"))
        head = first.people["manager"]
        await house.do(head, displays.add_notice, displays.AddNotice("Only here"))
        await house.do(head, displays.identify_screen, "screen main")
        await hall_a.until("NOTICE")
        last = await second.application.do(
            second.application.as_service("tests"), tokens.issue, tokens.IssueToken("GM")
        )
        frame = await hall_b.until("TOKEN_CREATED")
        assert frame["token"] == last.code
        said = json.dumps(hall_b.frames)
        assert "Only here" not in said
        assert "General medicine" not in said
        assert not {one["type"] for one in hall_b.frames} & {"IDENTIFY", "COMMAND"}


def test_an_unknown_hospital_is_said_and_nothing_is_shown(houses: tuple[House, House]) -> None:
    lost = wire(_of(houses[0].settings, "south"))
    with pytest.raises(HmsError, match="no hospital south"):
        lost.ask_now(lost.as_service("tests"), tokens.list_queues)
    lost.close_now()
