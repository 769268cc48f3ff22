"""What a wall may be told has no field for a person."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from hms.kernel import board

KINDS = [kind for kind in vars(board).values() if isinstance(kind, type) and is_dataclass(kind)]
PERSONAL = ("patient", "mrn", "phone", "birth", "reason", "age", "sex", "note")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_field_is_about_a_person(kind: type) -> None:
    names = {f.name for f in fields(kind)}
    assert not {name for name in names if any(word in name for word in PERSONAL)}


def test_only_queues_have_names() -> None:
    assert [kind.__name__ for kind in KINDS if "name" in {f.name for f in fields(kind)}] == [
        "QueueBoard"
    ]
