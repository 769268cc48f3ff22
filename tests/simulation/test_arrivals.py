"""A file of arrivals is read whole: good rows in order of time, bad ones with their line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hms.simulation.arrivals import read_arrivals
from hms.simulation.errors import UnreadableArrivals
from tests.simulation.days import GOOD, HEAD, MONTH, written


def test_the_month_is_read_without_a_refusal() -> None:
    read = read_arrivals(MONTH)
    assert len(read.good) == 8_563
    assert read.refused == ()
    first = read.good[0]
    assert first.at == datetime(2031, 3, 1, 0, 18, 25, tzinfo=UTC)
    assert (first.sex, first.ages, first.triage) == ("female", (35, 44), "Green")


def test_people_come_in_order_of_time_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    late = GOOD.replace("T00:18", "T23:00")
    read = read_arrivals(written(tmp_path / "a.csv", late, GOOD))
    assert [arrival.line for arrival in read.good] == [3, 2]


def test_a_time_with_a_zone_is_turned_into_utc(tmp_path: Path) -> None:
    read = read_arrivals(written(tmp_path / "a.csv", GOOD.replace("00:18:25", "02:18:25+02:00")))
    assert read.good[0].at == datetime(2031, 3, 1, 0, 18, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2031-02-31T00:18:25,F,35-44,Walk-in,Green,False,", "arrived_at"),
        ("yesterday,F,35-44,Walk-in,Green,False,", "arrived_at"),
        ("2031-03-01,F,35-44,Walk-in,Green,False,", "arrived_at"),
        (",F,35-44,Walk-in,Green,False,", "arrived_at is empty"),
        ("9999-03-01T00:18:25,F,35-44,Walk-in,Green,False,", "arrived_at"),
        ("2031-03-01T00:18:25,X,35-44,Walk-in,Green,False,", "sex"),
        ("2031-03-01T00:18:25,F,44-35,Walk-in,Green,False,", "age_group"),
        ("2031-03-01T00:18:25,F,old,Walk-in,Green,False,", "age_group"),
        ("2031-03-01T00:18:25,F,35-٤٤,Walk-in,Green,False,", "age_group"),
        ("2031-03-01T00:18:25,F,35-44,Walk-in,Purple,False,", "manchester_triage"),
        ("2031-03-01T00:18:25,F,35-44,Walk-in,Green,Perhaps,", "admitted"),
        ("2031-03-01T00:18:25,F,35-4", "ends after 3 of 7 cells"),
        ("2031-03-01T00:18", "ends after 1 of 7 cells"),
        ('"2031-03-01T00:18:25,F,35-44,Walk-in,Green,False,', "not CSV"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_kept(
    tmp_path: Path, row: str, says: str
) -> None:
    read = read_arrivals(written(tmp_path / "a.csv", GOOD, row, GOOD))
    assert [arrival.line for arrival in read.good] == [2, 4]
    [refused] = read.refused
    assert refused.line == 3
    assert says in refused.reason


def test_hostile_text_is_told_without_being_obeyed(tmp_path: Path) -> None:
    row = GOOD.replace(",F,", ",\x1b]52;c;aGk=\x07,")
    [refused] = read_arrivals(written(tmp_path / "a.csv", row)).refused
    assert "\x1b" not in refused.reason


def test_unknown_sex_age_and_triage_are_empty_cells(tmp_path: Path) -> None:
    read = read_arrivals(written(tmp_path / "a.csv", "2031-03-01T00:18:25,,,,,,"))
    [arrival] = read.good
    assert (arrival.sex, arrival.ages, arrival.triage) == ("unknown", None, "")


def test_columns_may_stand_in_another_order_and_more_may_stand_between(tmp_path: Path) -> None:
    head = "note,specialty,admitted,manchester_triage,arrival_method,age_group,sex,arrived_at"
    row = "x,surgical,True,Red,Ambulance,75-115,M,2031-03-01T08:00:00"
    [arrival] = read_arrivals(written(tmp_path / "a.csv", row, head=head)).good
    assert (arrival.specialty, arrival.triage, arrival.ages) == ("surgical", "Red", (75, 115))


@pytest.mark.parametrize("column", HEAD.split(","))
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    head = ",".join(name for name in HEAD.split(",") if name != column)
    with pytest.raises(UnreadableArrivals, match=column):
        read_arrivals(written(tmp_path / "a.csv", GOOD, head=head))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1 names no column arrived_at"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line 1"),
        (f"{HEAD}\n{GOOD}\n".encode("utf-16"), "line 1"),
        (f"{HEAD}\n".encode() + GOOD.replace("Ambulance", "Café").encode("latin-1"), "line 2"),
        (f"{HEAD}\n".encode() + b"x" * 100_000, "line 2: this is no CSV file"),
        (b'{"arrived_at": 1}\n', "line 1 names no column"),
    ],
)
def test_what_is_no_utf8_csv_is_refused_whole_with_the_line(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableArrivals) as refused:
        read_arrivals(path)
    assert says in refused.value.message
    assert refused.value.field == "arrivals"


def test_a_byte_order_mark_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\r\n\r\n{GOOD}\r\n".encode())
    [arrival] = read_arrivals(path).good
    assert arrival.line == 3


def test_a_file_that_is_not_there_and_a_folder_are_told_plainly(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UnreadableArrivals, match="cannot be read"):
            read_arrivals(path)
