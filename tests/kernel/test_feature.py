"""The manifest names its parts by strings, so that listing features imports nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hms.kernel.feature import Feature, load


def test_a_target_is_imported_when_it_is_needed() -> None:
    from hms.kernel.clock import service_day

    assert load("hms.kernel.clock:service_day") is service_day


@pytest.mark.parametrize("target", ["hms.kernel.nothing:x", "hms.kernel.clock:nothing"])
def test_a_target_that_is_not_there_is_a_fault(target: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        load(target)


def test_a_feature_needs_a_name_and_a_help_alone() -> None:
    feature = Feature("beds", "beds and wards")
    assert (feature.permissions, feature.commands, feature.models) == ((), (), ())


def test_listing_the_features_imports_no_database_and_no_screen() -> None:
    asked = (
        "import sys; from hms.features import manifests; assert manifests(); "
        "heavy = {'sqlalchemy', 'sqlmodel', 'textual', 'typer', 'aiosqlite'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)
