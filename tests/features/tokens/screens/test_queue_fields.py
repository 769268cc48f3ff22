"""The form of a queue states exactly what the command does."""

from __future__ import annotations

import pytest

from hms.features.tokens import service
from hms.features.tokens.screens.queue_fields import add_fields, added, edit_fields, edited
from hms.kernel.errors import InvalidInput
from tests.support import Hospital


def typed(**values: str) -> dict[str, str]:
    """Return the values of an empty form in which ``values`` were typed."""
    return {field.name: field.value for field in add_fields()} | values


def test_a_new_queue_is_made_of_what_was_typed(hospital: Hospital) -> None:
    """Rooms and doctors stand with commas between."""
    command = added(
        typed(code="xr", name="X-ray", rooms="X1, X2,", limit="40", desk_calls="yes", prefix="R")
    )
    view = hospital.do("mara", service.add_queue, command)
    assert (view.row.code, view.rooms, view.row.prefix) == ("XR", ("X1", "X2"), "R")
    assert (view.row.daily_limit, view.row.desk_calls, view.row.is_24h) == (40, True, False)


def test_saving_an_untouched_form_changes_nothing(hospital: Hospital) -> None:
    """What is defined stands in the fields."""
    before = hospital.queue()
    values = {field.name: field.value for field in edit_fields(before, ())}
    command = edited(values)
    after = hospital.do("mara", service.edit_queue, "GM", command)
    assert (after.row, after.rooms) == (before.row, before.rooms)


def test_an_emptied_limit_is_no_limit(hospital: Hospital) -> None:
    """Empty means none, not unchanged."""
    hospital.do("mara", service.edit_queue, "GM", service.EditQueue(daily_limit=3))
    values = {field.name: field.value for field in edit_fields(hospital.queue(), ())}
    assert values["limit"] == "3"
    view = hospital.do("mara", service.edit_queue, "GM", edited({**values, "limit": " "}))
    assert view.row.daily_limit is None


@pytest.mark.parametrize("limit", ["many", "-3", "1.5", "٤"])
def test_a_limit_that_is_no_number_names_its_field(limit: str) -> None:
    """Said beside the field, before anything is written."""
    with pytest.raises(InvalidInput) as refused:
        added(typed(code="XR", name="X-ray", limit=limit))
    assert refused.value.field == "limit"
