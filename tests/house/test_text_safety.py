"""User text never becomes markup: what would read it as such is given ``Text``."""

from __future__ import annotations

import ast

from tests.house.sources import ROOT, source_files, tree

TAKES_MARKUP = {
    "Static", "Label", "Button", "Option", "OptionList", "Checkbox", "RadioButton", "Select",
    "notify", "add_row", "add_column", "add_option", "add_options", "update_cell",
}  # fmt: skip
PRINTS = {"print"}


def _name(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_format_string_goes_where_markup_is_read() -> None:
    """An f-string with a patient's name in a Label crashes every console that lists them."""
    wrong = []
    for path in source_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or _name(node) not in TAKES_MARKUP:
                continue
            plain = any(
                keyword.arg == "markup"
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value is False
                for keyword in node.keywords
            )
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            formatted = any(isinstance(value, ast.JoinedStr) for value in values)
            if formatted and not plain:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {_name(node)}(f…)")
    assert not wrong, f"wrap these in Text(show(…)) or say markup=False: {wrong}"


def test_nothing_parses_markup_on_purpose() -> None:
    """``Text.from_markup`` and ``Content.from_markup`` have no place here."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("from_markup", "render_markup")
    ]
    assert not wrong, wrong


def test_the_database_file_is_never_opened_as_a_file() -> None:
    """Closing a plain file handle on a SQLite file drops every lock of the process."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and _name(node) in ("read_bytes", "write_bytes", "copyfile", "copy2")
        and "database_file" in ast.unparse(node)
    ]
    assert not wrong, wrong
