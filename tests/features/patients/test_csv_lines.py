"""Tables as people send them, whole and broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.features.patients.csv_lines import (
    MOST_BYTES_OF_A_LINE,
    BadLine,
    FileMissing,
    NotATable,
    Record,
    open_table,
)


def read(tmp_path: Path, content: str | bytes) -> tuple[tuple[str, ...], list[Record | BadLine]]:
    path = tmp_path / "patients.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_table(path) as table:
        return table.columns, list(table.records())


def test_a_plain_table_is_read_with_its_lines(tmp_path: Path) -> None:
    assert read(tmp_path, "name,sex\nAnn,F\nBo,M\n") == (
        ("name", "sex"),
        [Record(2, ("Ann", "F")), Record(3, ("Bo", "M"))],
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    columns, rows = read(tmp_path, f"name{delimiter}sex\r\nAnn{delimiter}F\r\n")
    assert (columns, rows) == (("name", "sex"), [Record(2, ("Ann", "F"))])


def test_the_mark_that_excel_writes_first_is_no_part_of_the_name(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffname\nAnn\n")[0] == ("name",)


def test_a_value_in_quotes_may_hold_anything(tmp_path: Path) -> None:
    _columns, rows = read(tmp_path, 'name,address\n"Lee, ""Ann""","1 High St\nTown"\nBo,x\n')
    assert rows == [Record(2, ('Lee, "Ann"', "1 High St\nTown")), Record(4, ("Bo", "x"))]


def test_empty_lines_and_rows_of_delimiters_are_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "name,sex\n\n,\n  \nAnn,F\n,,,\n")[1] == [Record(5, ("Ann", "F"))]


def test_a_row_that_is_cut_off_is_told(tmp_path: Path) -> None:
    rows = read(tmp_path, "name,sex,phone\nAnn,F,12345\nBo,M")[1]
    assert rows[1] == BadLine(3, "has 2 of 3 columns; the row is cut off")


def test_a_row_with_too_many_values_is_told(tmp_path: Path) -> None:
    rows = read(tmp_path, "name,sex\nLee, Ann,F\nBo,M,,\n")[1]
    assert isinstance(rows[0], BadLine)
    assert "needs quotes" in rows[0].reason
    assert rows[1] == Record(3, ("Bo", "M"))


def test_an_open_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = read(tmp_path, 'name,sex\nAnn,F\n"Bo,M\nCy,M\nDi,F\n')[1]
    assert [row.line for row in rows] == [2, 3, 4, 5]
    assert rows[1] == BadLine(3, 'a quote (") is opened and not closed')
    assert rows[3] == Record(5, ("Di", "F"))


def test_an_open_quote_far_from_the_end_is_found_too(tmp_path: Path) -> None:
    body = '"Bo,M\n' + "Cy,M\n" * 1000 + '"Di,F\n' + "Ed,M\n"
    rows = read(tmp_path, "name,sex\n" + body)[1]
    assert [row.line for row in rows if isinstance(row, BadLine)] == [2, 1003]
    assert len(rows) == 1003


def test_a_quote_inside_a_value_is_told(tmp_path: Path) -> None:
    rows = read(tmp_path, 'name,sex\n"Ann"x"y",F\nBo,M\n')[1]
    assert isinstance(rows[0], BadLine)
    assert "quote" in rows[0].reason
    assert rows[1] == Record(3, ("Bo", "M"))


def test_a_row_in_another_encoding_is_told_with_its_place(tmp_path: Path) -> None:
    rows = read(tmp_path, b"name,sex\nAnn,F\nJos\xe9,M\nBo,M\n")[1]
    assert rows[1] == BadLine(3, "is not in UTF-8 (byte 0xE9 at position 4)")
    assert rows[2] == Record(4, ("Bo", "M"))


def test_a_row_of_endless_length_is_told_and_not_kept_in_memory(tmp_path: Path) -> None:
    long = "x" * (3 * MOST_BYTES_OF_A_LINE)
    rows = read(tmp_path, f"name\n{long}\nBo\n")[1]
    assert rows == [BadLine(2, "is longer than any row of a table"), Record(3, ("Bo",))]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        "name\nAnn\n".encode("utf-16"),
        b"\x89PNG\r\n\x1a\n\0\0",
        b"Jos\xe9\n",
        b'"name\n',
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotATable):
        read(tmp_path, content)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(FileMissing, match=path.name), open_table(path):
            pass


def test_it_is_known_how_much_of_the_file_was_read(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text("name\n" + "Ann\n" * 10)
    with open_table(path) as table:
        list(table.records())
        assert table.bytes_read == path.stat().st_size
