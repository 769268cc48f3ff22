"""The door counts who is inside."""

from __future__ import annotations

import resource

from kiosk_display.door import Door, make_room


def test_one_address_may_not_take_the_whole_house() -> None:
    door = Door(in_all=10, per_address=3)
    assert [door.enter("10.0.0.7") for _ in range(4)] == [True, True, True, False]
    assert door.enter("10.0.0.8")


def test_the_house_has_an_end() -> None:
    door = Door(in_all=3, per_address=3)
    assert [door.enter(f"10.0.0.{n}") for n in range(4)] == [True, True, True, False]


def test_who_leaves_makes_room() -> None:
    door = Door(in_all=5, per_address=1)
    assert door.enter("10.0.0.7")
    assert not door.enter("10.0.0.7")
    door.leave("10.0.0.7")
    assert door.enter("10.0.0.7")


def test_this_machine_itself_has_the_whole_house() -> None:
    door = Door(in_all=50, per_address=1)
    assert all(door.enter("127.0.0.1") for _ in range(25))
    assert all(door.enter("::1") for _ in range(25))
    assert not door.enter("127.0.0.1")


def test_what_is_no_address_counts_as_one() -> None:
    door = Door(in_all=5, per_address=1)
    assert door.enter("")
    assert not door.enter("")


def test_a_service_that_may_have_few_files_takes_as_many_as_it_can_get() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        make_room()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == min(4_096, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
