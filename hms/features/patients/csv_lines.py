"""Tables as people send them: any delimiter, with or without BOM, and broken in places.

Reads as a stream and never gives up at a bad row: a row in another encoding,
with an open quote or with too few columns is reported with its line, and reading
goes on in the next one.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hms.kernel.errors import InvalidInput, NotFound
from hms.kernel.i18n import phrase

MOST_LINES_OF_A_ROW = 20  # a quoted value over more lines than this is an open quote
MOST_BYTES_OF_A_LINE = 256 * 1024
_DELIMITERS = ",;\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class FileMissing(NotFound):
    """The file is not there, or cannot be read."""

    code = "patients.import_no_file"
    hint = "give the path of a CSV file"


class NotATable(InvalidInput):
    """The file is empty, or is something other than a table in text."""

    code = "patients.import_file"
    hint = "save it as CSV in UTF-8, with the names of the columns in line 1"


@dataclass(frozen=True, slots=True)
class Record:
    """A row: the line it begins in, and one value for each column."""

    line: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that cannot be read, and why."""

    line: int
    reason: str


class Table:
    """An open table: its ``columns``, and its ``records`` as a stream."""

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self._file = file
        self._number = 0
        self._ahead: deque[bytes] = deque()
        self._encoding = "utf-8"
        self._delimiter = ","
        self.columns = self._header()

    def records(self) -> Iterator[Record | BadLine]:
        """Yield every row below the header, good or bad; empty lines are none."""
        while (first := self._next()) is not None:
            if not first.strip():
                continue
            record = self._record(first)
            if isinstance(record, BadLine) or any(value.strip() for value in record.values):
                yield record

    def _header(self) -> tuple[str, ...]:
        first = self._next()
        while first is not None and not first.strip():
            first = self._next()
        if first is None:
            raise NotATable("the file is empty", field="file")
        if first.startswith(_UTF16) or b"\0" in first:
            raise NotATable("the file is not text in UTF-8", field="file")
        try:
            text = first.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotATable(
                phrase("line 1: {wrong_encoding}", wrong_encoding=_wrong_encoding(error)),
                field="file",
            ) from None
        self._delimiter = max(_DELIMITERS, key=text.count)
        values = self._split(text)
        if isinstance(values, str):
            raise NotATable(phrase("line 1: {values}", values=values), field="file")
        return tuple(value.strip() for value in values)

    def _record(self, first: bytes) -> Record | BadLine:
        """Read the row that begins with ``first``, over several lines when a quote is open."""
        line = self._number
        if len(first) >= MOST_BYTES_OF_A_LINE:
            return BadLine(line, "is longer than any row of a table")
        lines = [first]
        while b"".join(lines).count(b'"') % 2:
            more = self._peek(len(lines) - 1)
            if more is None or len(lines) == MOST_LINES_OF_A_ROW:
                return BadLine(line, 'a quote (") is opened and not closed')
            lines.append(more)
        for _ in lines[1:]:
            self._next()
        try:
            text = b"".join(lines).decode(self._encoding)
        except UnicodeDecodeError as error:
            return BadLine(line, _wrong_encoding(error))
        values = self._split(text)
        if isinstance(values, str):
            return BadLine(line, values)
        return self._fitted(line, values)

    def _fitted(self, line: int, values: list[str]) -> Record | BadLine:
        has, wants = len(values), len(self.columns)
        if has < wants:
            return BadLine(line, f"has {has} of {wants} columns; the row is cut off")
        if has > wants and any(value.strip() for value in values[wants:]):
            return BadLine(
                line,
                f"has {has} columns instead of {wants};"
                f" a value with '{self._delimiter}' in it needs quotes",
            )
        return Record(line, tuple(values[:wants]))

    def _split(self, text: str) -> list[str] | str:
        """Return the values of a row, or what is wrong with it."""
        try:
            lines = io.StringIO(text, newline="")
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return 'a quote (") stands inside a value; double it ("") or remove it'
        if len(rows) != 1:
            return "has a line break outside of quotes"
        return rows[0]

    def _next(self) -> bytes | None:
        line = self._ahead.popleft() if self._ahead else self._read()
        if line is not None:
            self._number += 1
        return line

    def _peek(self, ahead: int) -> bytes | None:
        while len(self._ahead) <= ahead:
            line = self._read()
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[ahead]

    def _read(self) -> bytes | None:
        line = self._file.readline(MOST_BYTES_OF_A_LINE)
        self.bytes_read += len(line)
        rest = line
        while len(rest) == MOST_BYTES_OF_A_LINE and not rest.endswith(b"\n"):
            rest = self._file.readline(MOST_BYTES_OF_A_LINE)
            self.bytes_read += len(rest)
        return line or None


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open the table in ``path`` and read its header.

    Raises:
        FileMissing: it is not there or cannot be read.
        NotATable: it is empty, or no text in UTF-8.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        why = "is a folder" if isinstance(error, IsADirectoryError) else "cannot be read"
        missing = isinstance(error, FileNotFoundError)
        raise FileMissing(
            phrase(
                "{name}: {value}", name=path.name, value="there is no such file" if missing else why
            ),
            field="file",
        ) from None
    with file:
        yield Table(file)


def _wrong_encoding(error: UnicodeDecodeError) -> str:
    byte = error.object[error.start]
    return f"is not in UTF-8 (byte 0x{byte:02X} at position {error.start + 1})"
