"""The tests can fail: each guard that is taken away is found out (trust.md, T31)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.sizes import nightly
from tests.trust.guards import GUARDS, Guard, copied, judge, without


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name.partition(":")[0])
def test_each_guard_is_where_it_is_taken_away(guard: Guard) -> None:
    text = (ROOT / guard.file).read_text(encoding="utf-8")
    assert text.count(guard.old) == 1, f"tell tests/trust/guards.py where it is now: {guard.old}"
    assert guard.old != guard.new
    assert (ROOT / guard.test.partition("::")[0]).exists()


def test_a_test_that_does_not_see_its_guard_is_named(tmp_path: Path) -> None:
    blind = Guard("none", "hms/kernel/ids.py", '"""', '"""', "tests/kernel/test_ids.py")
    assert without(blind, copied(tmp_path)).state == "not run"


@nightly
@pytest.mark.serial
def test_every_missing_guard_is_found_out() -> None:
    verdicts = judge()
    assert len(verdicts) >= 15
    assert [verdict.guard.name for verdict in verdicts if not verdict.caught] == []
