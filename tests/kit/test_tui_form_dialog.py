"""A small form in a dialog: what is refused stays typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hms.kernel.errors import InvalidInput
from hms.kit.base import HmsScreen
from hms.kit.forms import Field, Form
from hms.kit.tui_form_dialog import FormDialog
from tests.kit.screens import OneScreen, shown


@pytest.mark.asyncio
async def test_a_refused_form_stays_open_with_what_is_wrong() -> None:
    """The name that the error uses may differ from the field's; what was typed stays."""
    asked: list[Mapping[str, str]] = []

    async def save(values: Mapping[str, str]) -> str:
        asked.append(values)
        if len(asked) == 1:
            raise InvalidInput("no such place", field="room")
        return values["rooms"]

    results: list[Any] = []
    app = OneScreen(HmsScreen())
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = FormDialog("Rooms", [Field("rooms", "Rooms")], save, aliases={"room": "rooms"})
        app.push_screen(dialog, results.append)
        await pilot.pause()
        await pilot.press(*"Attic", "enter")
        await pilot.pause()
        assert "no such place" in shown(app)
        assert dialog.query_one(Form).values == {"rooms": "Attic"}
        await pilot.press("down", "f9")
        await pilot.pause()
        assert results == ["Attic"]
