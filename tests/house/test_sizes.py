"""Nothing grows past what one person can take in at a glance."""

from __future__ import annotations

from tests.house.sources import ROOT, functions, source_files

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def test_no_file_is_over_400_lines() -> None:
    """A file that reaches 400 lines becomes a folder."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()}
    long = {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > MOST_LINES_OF_A_FILE}
    assert not long, f"split these into smaller files: {long}"


def test_no_function_is_over_60_lines() -> None:
    """A function that reaches 60 lines is two functions."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1})"
        for path in source_files()
        for node in functions(path)
        if node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, f"split these into smaller functions: {long}"
