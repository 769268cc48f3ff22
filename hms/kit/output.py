"""What a command says: a table on a terminal, plain columns in a pipe, or one JSON document.

Results go to standard output, everything that is only for people to standard
error.  User text never reaches the terminal as markup or control characters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from hms.kernel import clock
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase, tr, tr_phrase, word
from hms.kernel.text import show
from hms.kit.invocation import current

if TYPE_CHECKING:
    from rich.console import Console

Column = str | Callable[[Any], object]  # a key of the record's JSON, or how to get the cell


class Record(Protocol):
    """A view that knows its JSON form."""

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON-able values with the contract's keys."""
        ...


def show_rows(
    rows: Sequence[Record], columns: Mapping[str, Column], *, empty: str = "nothing to show"
) -> None:
    """Print ``rows``: a list with ``--json``, else a table with ``columns`` by title."""
    if current().json:
        show_json([row.as_json() for row in rows])
        return
    if not rows:
        say(empty)
        return
    table = [[_cell(row, column) for column in columns.values()] for row in rows]
    show_table(list(columns), table)


def show_record(record: Record, fields: Mapping[str, Column] | None = None) -> None:
    """Print one record: an object with ``--json``, else one line for each field.

    Without ``fields`` every key of its JSON that has a value is a line.
    """
    if current().json:
        show_json(record.as_json())
        return
    pairs: list[tuple[str, object]]
    if fields is None:
        pairs = [
            (word(key.replace("_", " "), "key"), _text(value))
            for key, value in record.as_json().items()
            if value not in (None, [], "")
        ]
    else:
        pairs = [(title, _cell(record, column)) for title, column in fields.items()]
    show_facts(pairs)


def show_facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values below each other, for people."""
    if not _is_terminal(sys.stdout):
        for name, value in pairs:
            _write(f"{show(tr(name))}\t{_text(value)}")
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in pairs:
        grid.add_row(Text(show(tr(name)), style="dim"), Text(_text(value)))
    _console(sys.stdout).print(grid)


def show_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on a terminal, tab-separated lines under a line of titles elsewhere."""
    if not _is_terminal(sys.stdout):
        _write("\t".join(show(tr(title)) for title in titles))
        for row in rows:
            _write("\t".join(_text(cell) for cell in row))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, title in enumerate(titles):
        right = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(Text(show(tr(title))), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(Text(_text(cell)) for cell in row))
    _console(sys.stdout).print(table)


def show_json(value: object) -> None:
    """Print ``value`` as the one JSON document of this command.

    In ASCII: escapes are the one form that no terminal obeys and no encoding breaks.
    """
    sys.stdout.write(json.dumps(value, default=_jsonable) + "\n")
    sys.stdout.flush()


def show_error(error: HmsError) -> None:
    """Print an error: the ``error`` object with ``--json``, else a sentence and a hint."""
    if current().json:
        show_json({"error": error.as_dict()})
        return
    say(phrase("hms: {tr}", tr=tr(error.message)))
    if error.hint:
        say(phrase("     {tr}", tr=tr(error.hint)))


def say(message: str) -> None:
    """Tell the person something that is no result; goes to standard error."""
    sys.stderr.write("\n".join(show(line) for line in tr(message).split("\n")) + "\n")
    sys.stderr.flush()


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error while the block runs; nothing in a pipe.

    Args:
        label: what is being done.
        total: how many steps there are, None when nobody knows.

    Yields:
        A function that is told how many more steps are done.
    """
    if not _is_terminal(sys.stderr):
        yield lambda _steps: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=_console(sys.stderr)) as bar:
        task = bar.add_task(show(tr(label)), total=total)
        yield lambda steps: bar.advance(task, steps)


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    from hms.kit.cells import measure_as_terminals_do

    measure_as_terminals_do()
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)


def _cell(record: Record, column: Column) -> object:
    return record.as_json().get(column) if isinstance(column, str) else column(record)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return tr_phrase(word("yes" if value else "no"))
    if isinstance(value, datetime):
        return clock.iso(value) or ""
    if isinstance(value, dict):
        return ", ".join(f"{_text(k)} {_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return show(value.value if isinstance(value, Enum) else tr_phrase(value))


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return clock.iso(value)
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
