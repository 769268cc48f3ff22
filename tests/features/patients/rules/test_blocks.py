"""Blocks of ids: any run of them is made up of whole blocks, exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hms.features.patients.rules import blocks

_WHOLE = 1 << blocks.SMALLEST


@given(begin=st.integers(0, 9_000), more=st.integers(0, 9_000))
def test_blocks_of_a_run_hold_its_ids_once_and_no_other(begin: int, more: int) -> None:
    begin, end = begin * _WHOLE, (begin + more) * _WHOLE
    reached = begin
    for bits, number in blocks.blocks(begin, end):
        assert bits in blocks.SIZES
        assert number << bits == reached
        reached = (number + 1) << bits
    assert reached == end


@given(begin=st.integers(0, 10**9), more=st.integers(0, 10**9))
def test_a_long_run_takes_few_blocks(begin: int, more: int) -> None:
    begin = blocks.down(begin)
    assert len(blocks.blocks(begin, blocks.up(begin + more))) < 220
    assert len(blocks.blocks(blocks.down(10**6), blocks.up(10**6 + _WHOLE))) <= 2


@given(patient_id=st.integers(1, 2**40), bits=st.sampled_from(blocks.SIZES))
def test_a_patient_is_in_the_block_that_begins_below_and_ends_above(
    patient_id: int, bits: int
) -> None:
    begin, end = blocks.down(patient_id, bits), blocks.up(patient_id, bits)
    assert begin <= patient_id < end == begin + (1 << bits)


def test_marks_say_hospital_size_and_number() -> None:
    assert blocks.mark(7) == "#7"
    assert blocks.marks(7, 0, 3 * _WHOLE) == ["#7.11.0", "#7.11.1", "#7.11.2"]
    assert blocks.marks(7, 1 << 15, (1 << 16) + _WHOLE) == ["#7.15.1", "#7.11.32"]
    assert blocks.marks(7, 0, 0) == []
