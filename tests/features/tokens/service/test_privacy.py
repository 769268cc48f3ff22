"""What a queue lets be told of its patients."""

from __future__ import annotations

import pytest

from hms.features.tokens import service as tokens
from hms.kernel.errors import InvalidInput, NotPermitted
from tests.support import Hospital


def test_a_queue_says_nothing_until_somebody_does(hospital: Hospital) -> None:
    assert hospital.do("mara", tokens.queue_privacy, "GM").level == "name"
    assert hospital.do("mara", tokens.queue_privacy, "GM", "initials").level == "initials"
    assert hospital.do("mara", tokens.queue_privacy, "gm", "number").level == "number"
    assert hospital.do("mara", tokens.queue_privacy, "GM").level == "number"


def test_a_step_that_is_none_is_refused(hospital: Hospital) -> None:
    with pytest.raises(InvalidInput) as refused:
        hospital.do("mara", tokens.queue_privacy, "GM", "everything")
    assert "initials" in refused.value.hint


def test_the_front_desk_does_not_decide_it(hospital: Hospital) -> None:
    with pytest.raises(NotPermitted):
        hospital.do("rosa", tokens.queue_privacy, "GM", "name")
