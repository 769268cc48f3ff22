"""Every error a user may see has a code, an exit code and a sentence."""

from __future__ import annotations

import pytest

from hms.kernel import errors
from hms.kernel.errors import Exit, HmsError

EXITS = {
    errors.InvalidInput: 2,
    errors.ProblemsFound: 3,
    errors.NotPermitted: 4,
    errors.NotSignedIn: 4,
    errors.NotFound: 5,
    errors.Refused: 6,
    errors.Unavailable: 7,
}


@pytest.mark.parametrize("kind", EXITS, ids=lambda kind: kind.__name__)
def test_each_kind_has_the_exit_code_of_the_contract(kind: type[HmsError]) -> None:
    assert kind.exit == EXITS[kind]


def test_the_exit_codes_are_the_contracts() -> None:
    assert sorted(Exit) == [0, 1, 2, 3, 4, 5, 6, 7, 130]


def test_an_error_is_json() -> None:
    said = errors.NotFound("there is no token", hint="look again", field="token").as_dict()
    assert said == {
        "code": "record.not_found", "message": "there is no token", "hint": "look again",
        "field": "token",
    }  # fmt: skip
    assert "field" not in errors.Refused("no").as_dict()


def test_a_class_may_bring_its_hint() -> None:
    assert errors.NotSignedIn("nobody is").hint == "sign in with: hms login NAME"
    assert errors.NotSignedIn("nobody is", hint="other").hint == "other"
