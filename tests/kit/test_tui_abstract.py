"""A list, a sign-in or a patient's form that lacks its own part is never made."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hms.console.login import PasswordScreen
from hms.features.patients.screens.register import PatientForm
from hms.kit.live_table import Row
from hms.kit.tui_list import Fact, ListPanel


@pytest.mark.parametrize("base", [ListPanel, PasswordScreen, PatientForm])
def test_a_base_cannot_be_shown(base: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        base()


def test_one_with_all_its_parts_can() -> None:
    class Names(ListPanel[str]):
        """Names."""

        async def fetch(self) -> Sequence[str]:
            """Return none."""
            return ()

        def row_of(self, item: str) -> Row:
            """Return a row."""
            return Row(item, (item,))

        def facts_of(self, item: str) -> tuple[str, Sequence[Fact]]:
            """Return no facts."""
            return item, ()

    assert Names().id is None
