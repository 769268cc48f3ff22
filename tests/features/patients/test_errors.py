"""What is refused says what to do."""

from __future__ import annotations

from hms.features.patients import errors
from hms.kernel.errors import Exit, HmsError


def test_every_refusal_has_a_code_of_this_room_and_an_exit_code() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, HmsError)
        and kind.__module__ == errors.__name__
    ]
    assert len(kinds) >= 6
    for kind in kinds:
        assert kind.code.startswith("patients.")
        assert kind.exit in (Exit.USAGE, Exit.NOT_FOUND, Exit.REFUSED, Exit.NOT_PERMITTED)


def test_a_likely_duplicate_says_how_many() -> None:
    assert "a patient like this" in errors.LikelyDuplicate([None]).message  # type: ignore[list-item]
    assert "2 patients" in errors.LikelyDuplicate([None, None]).message  # type: ignore[list-item]
