"""The line between desks and PostgreSQL is cut without a sound: nothing lost, nobody waits long.

Desks and a console in a network namespace, other desks beside the server.  One of the
desks is cut off in the middle of a transaction, with the counter of the queue in its
hand: without a bound on either side the others would wait for it, and it for the server,
until the line is whole again.

Seen to fail: without ``LINE_SETTINGS`` the others stand still until the line is mended;
without ``watch`` the desk in the middle, and the console, hear nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.features.tokens import service as tokens
from hms.features.tokens.queries import TokenView
from hms.infra.settings import Settings, load_settings
from hms.infra.uow import Work
from hms.kernel import ids
from hms.kernel.actor import Actor
from hms.kernel.errors import Unavailable
from tests import postgres
from tests.console.scratch import PASSWORD, build
from tests.journeys.pty_desk import Terminal
from tests.sizes import sizes
from tests.support import SERVICE
from tests.trust.books import books
from tests.trust.cluster import cluster
from tests.trust.desk_process import at_work, held
from tests.trust.namespace import Namespace, enter, namespace
from tests.trust.shifts import Shift, compare, crew, surely, told

CONSOLE = "import sys; from hms.cli.main import main; sys.exit(main())"
KNOWS_SECONDS = 12.0  # a desk that was cut off says so
FREE_SECONDS = 15.0  # the others have what it held
BACK_SECONDS = 10.0  # it works again by itself
CROWDED_SECONDS = 10.0  # what a crowded machine keeps anybody waiting besides


@pytest.fixture
def line() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


@pytest.fixture
def settings(
    line: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A hospital on a server that the namespace reaches; ``files`` of its settings name it."""
    with (
        cluster(line.here, network=line.network) as own,
        postgres.at(own.url, monkeypatch),
        postgres.database() as made,
    ):
        config = tmp_path / "hms.toml"
        config.write_text(
            '[hospital]\nname = "St. Test"\ntimezone = "Europe/Lisbon"\n'
            f'[database]\nurl = "{made.database.url}"\n'
        )
        config.chmod(0o600)
        build(tmp_path, load_settings(config))
        yield load_settings(config)


def stand_in_the_middle(url: str, place: str, op_id: str, heard: Connection) -> None:
    """Give out a token, wait in the middle of it to be told to go on, then make sure of it."""
    enter(place)
    shift, tries, began = Shift(), 0, list[float]()

    def issue(work: Work, actor: Actor) -> TokenView:
        given = tokens.issue(work, actor, tokens.IssueToken("GM"))
        if tries == 1:
            heard.send("in the middle")
            began.append(heard.recv())
        return given

    def deed(op_id: str) -> int:
        nonlocal tries
        tries += 1
        try:
            return application.do_now(who, issue, op_id=op_id).id
        except Unavailable as error:
            if tries == 1:
                heard.send((error.code, time.monotonic() - began[0]))
            raise

    with at_work(url) as application:
        who = application.as_service(SERVICE)
        surely(shift, deed, op_id)
    heard.send(shift)


def console(line: Namespace, settings: Settings) -> Terminal:
    """Return the reception's console in the namespace, in the middle of a form."""
    words = [sys.executable, "-c", CONSOLE, "--config", str(settings.files[0]), "console"]
    terminal = Terminal(line.command(*words))
    terminal.wait_for("Please sign in", 60)
    terminal.type(f"rosa<enter>{PASSWORD}<enter>")
    terminal.wait_for("^L Lock", 60)
    terminal.wait_for("Peter O'Brien", 60)
    terminal.type("<f3>")
    terminal.wait_for("New patient", 60)
    terminal.type("Joan of ")
    terminal.wait_for("Joan of", 60)
    return terminal


@pytest.mark.serial
@sizes("much", (0.0, 3, 2), (30.0, 8, 4))
def test_a_line_cut_without_a_sound_loses_nothing_and_keeps_nobody_waiting(
    line: Namespace, settings: Settings, much: tuple[float, int, int]
) -> None:
    cut_seconds, inside, outside = much
    url, op_id = settings.database.url, ids.op_id()
    places = [line.name] * inside + [None] * outside
    cut_off, others = range(inside), range(inside, inside + outside)
    slow = CROWDED_SECONDS
    with books(settings) as hospital:
        before = hospital.one("SELECT count(*) FROM token")
    with (
        held(stand_in_the_middle, url, line.name, op_id) as middle,
        console(line, settings) as desk,
        crew(url, places) as working,
    ):
        working.wait_for_work(working.all, 60, each=3)
        middle.go()
        assert middle.hear() == "in the middle"
        line.cut()
        began = time.monotonic()
        middle.tell(began)
        with ThreadPoolExecutor(1) as looking:  # at the screen, while the others are watched
            saying = looking.submit(desk.wait_for, "unreachable since", KNOWS_SECONDS + slow)
            free = working.wait_for_work(others, FREE_SECONDS + slow)
            said = saying.result()
        refused, knew = middle.hear(KNOWS_SECONDS + slow)
        desk.type("Arc")
        desk.wait_for("Joan of Arc", slow)
        working.wait_for_work(others, slow, each=5)
        time.sleep(max(0.0, began + cut_seconds - time.monotonic()))

        cut = time.monotonic() - began
        line.heal()
        back = working.wait_for_work(cut_off, BACK_SECONDS + slow)
        desk.wait_for("the database is back", BACK_SECONDS + slow)
        assert "Joan of Arc" in desk.text, "what was typed stays"
        desk.type("<f9>")
        desk.wait_gone("New patient", BACK_SECONDS + slow)
        middle_shift = middle.hear(60)
        shifts = [*working.end(), middle_shift]
    print(
        f"\ncut for {cut:.1f} s: {told(shifts)}; the others went on after "
        f"{free:.1f} s, the desk in the middle knew after {knew:.1f} s ({refused}), the console "
        f"said so after {said:.1f} s; back {back:.1f} s after"
    )
    with books(settings) as hospital:
        assert hospital.one("SELECT count(*) FROM patient WHERE name = 'Joan of Arc'") == 1
        assert (middle_shift.committed_after_all, middle_shift.done_again) == (0, 1)
        compare(hospital, shifts, before=before)
