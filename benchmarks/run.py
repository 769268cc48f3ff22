"""Runs every benchmark, prints one table, writes ``benchmarks/results.json``.

``QUICK=1`` (or ``--quick``) shrinks counts, never bounds, and leaves out what
takes over ten seconds even so.  Names of modules as arguments run only these.
Exit code 3: a bound was not kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

BENCHMARKS = (
    "issue_bench",
    "call_bench",
    "growth_bench",
    "search_bench",
    "frame_bench",
    "command_bench",
    "console_bench",
    "postgres_bench",
    "doctors_bench",
    "crowd_bench",
    "day_bench",
)
RESULTS = Path(__file__).with_name("results.json")
PROBLEMS_FOUND = 3
KEYS = (
    "path", "value", "unit", "sense", "bound", "ok", "median_ms", "p99_ms",
    "baseline", "baseline_median_ms",
)  # fmt: skip

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 3 when a bound was not kept, else 0."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    quick = "--quick" in given or os.environ.get("QUICK", "") not in ("", "0")
    chosen = [name for name in given if name != "--quick"] or list(BENCHMARKS)
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(unknown)}; {', '.join(BENCHMARKS)}\n")
        return 2
    results: list[Row] = []
    for name in chosen:
        began = time.monotonic()
        results += import_module(f"benchmarks.{name}").rows(quick)
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    show(results)
    return 0 if all(row["ok"] for row in results) else PROBLEMS_FOUND


def show(results: Sequence[Row]) -> None:
    """Print the results as one table, plain columns where nobody looks."""
    lines = [_line(row) for row in results]
    titles = ("", "what", "value", "bound", "median", "p99", "beside", "its median")
    if not sys.stdout.isatty():
        for line in (titles, *lines):
            sys.stdout.write("\t".join(line) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, justify="right" if title in ("value", "bound") else "left")
    for line, row in zip(lines, results, strict=True):
        style = "green" if row["ok"] else "bold red"
        table.add_row(Text(line[0], style), *(Text(cell) for cell in line[1:]))
    Console(markup=False, highlight=False).print(table)


def _line(row: Row) -> tuple[str, ...]:
    unit = {"ratio": "×"}.get(row["unit"], row["unit"])
    return (
        "ok" if row["ok"] else "NOT OK",
        row["path"],
        f"{row['value']:g} {unit}",
        f"{row['sense']} {row['bound']:g} {unit}",
        _ms(row["median_ms"]),
        _ms(row["p99_ms"]),
        row["baseline"] or "",
        _ms(row["baseline_median_ms"]),
    )


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:g} ms"


if __name__ == "__main__":
    sys.exit(main())
