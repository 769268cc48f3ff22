"""The first PostgreSQL dies and its standby is promoted: desks go on there by themselves.

Seen to fail: with one server in the address nobody comes back.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import make_url

from hms.infra.settings import DatabaseSettings, Settings
from tests import postgres
from tests.sizes import nightly
from tests.support import opened
from tests.trust.books import books
from tests.trust.cluster import Cluster, cluster
from tests.trust.shifts import compare, crew, told

CROWDED_SECONDS = 120.0


def at_both(settings: Settings, first: Cluster, second: Cluster) -> Settings:
    """Return the settings with both servers in the address."""
    hosts = tuple(f"{one.host}:{one.port}" for one in (first, second))
    url = make_url(settings.database.url).set(host=None, port=None)
    both = url.update_query_dict({"host": hosts}).render_as_string(hide_password=False)
    return replace(settings, database=DatabaseSettings(url=both))


@pytest.mark.serial
@nightly
@pytest.mark.parametrize("desks", [8], ids=["long"])
def test_desks_go_on_at_the_standby_that_was_promoted_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, desks: int
) -> None:
    with (
        cluster() as first,
        cluster(standby_of=first) as second,
        postgres.at(first.url, monkeypatch),
        postgres.database() as plain,
    ):
        first.say("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        first.say("SELECT pg_reload_conf()")
        settings = at_both(plain, first, second)
        with opened(settings, furnished=False):
            pass
        with crew(settings.database.url, [None] * desks) as working:
            working.wait_for_work(working.all, CROWDED_SECONDS, each=5)
            first.stop()
            second.promote()
            began = time.monotonic()
            working.wait_for_work(working.all, CROWDED_SECONDS)
            back = time.monotonic() - began
            shifts = working.end()
        print(f"\nfailed over: {told(shifts)}; all at work {back:.1f} s after the promotion")
        with books(settings) as hospital:
            compare(hospital, shifts)
        first.start()  # for the database to be dropped where it was made, by a server alone
        first.say("ALTER SYSTEM RESET synchronous_standby_names")
        first.say("SELECT pg_reload_conf()")
