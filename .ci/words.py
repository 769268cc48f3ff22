"""Find the words of the console and the command line in the source (for .ci/desk_catalogues.py).

What stands where a face translates by itself (a key's label, a heading, a message, an error)
is found there, what ``phrase``, ``counted``, ``word`` and ``msgid`` mark is found by the mark,
closed lists and the commands' help are asked of the program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "hms"

Places = dict[int | str, str]  # which argument, and the context it is translated in

KEY, COLUMN, WORD = "key", "column", "word"
SAID: dict[str, Places] = {
    "Action": {1: KEY, 2: "", 4: "", "help": "", "title": "", "label": KEY},
    "Act": {1: WORD, 5: WORD, 6: WORD, "done": WORD, "asks": WORD},
    "Field": {1: "", 2: "", 3: "", "label": "", "hint": "", "placeholder": ""},
    "Column": {0: COLUMN, "title": COLUMN},
    "Answer": {1: ""},
    "Ask": {0: "", "detail": ""},
    "Pick": {0: ""},
    "Reason": {0: "", "placeholder": ""},
    "FormDialog": {0: ""},
    "LiveTable": {"empty": ""},
    "OpenChoice": {"empty": ""},
    "confirm": {0: "", "label": "", "detail": ""},
    "say": {0: ""},
    "say_over": {0: ""},
    "tell": {0: "", 1: ""},
    "tr": {0: ""},
    "progress": {0: ""},
    "show_rows": {"empty": ""},
    "Finding": {2: "", 3: ""},
    "phrase": {0: ""},
    "msgid": {0: ""},
}
NAMED = ("TITLE_TEXT", "HELP_TEXT", "EMPTY", "FIND", "LEAD", "hint")
TITLED = ("show_rows", "show_record")
LISTS: dict[str, str] = {  # a closed list of words: where it is, and its context
    "hms.kit.local_dates:MONTHS": "date",
    "hms.kit.local_dates:WEEKDAYS": "date",
    "hms.features.patients.rules:Sex": WORD,
    "hms.features.tokens.rules:Status": WORD,
    "hms.features.tokens.rules:TokenClass": WORD,
    "hms.features.tokens.rules:Policy": WORD,
    "hms.features.tokens.rules:Move": WORD,
    "hms.features.printing.rules:JobStatus": WORD,
    "hms.features.staff.rules:DoctorStatus": WORD,
    "hms.kernel.actor:Role": WORD,
    "hms.features.patients.queries.words:_SEX": "sex",
    "hms.features.tokens.screens.words:_CLASS_WORDS": WORD,
}
LETTERS = re.compile(r"[^\W\d_]")
DATES = "hms/kit/local_dates.py"  # there the order of the places is what is translated
PLACE = re.compile(r"\{(\w+)[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Word:
    """One text to translate; ``many`` is its plural, ``room`` its most cells (0: any)."""

    text: str
    context: str = ""
    many: str = ""
    file: str = ""
    room: int = 0


@cache
def words() -> dict[tuple[str, str], Word]:
    """Return every text by context and English, in the order of the files."""
    found: dict[tuple[str, str], Word] = {}
    for one in (*_in_source(), *_in_lists(), *_in_help()):
        if not LETTERS.search(PLACE.sub("", one.text)) and one.file != DATES:
            continue
        key = (one.context, one.text)
        known = found.get(key)
        room = min(filter(None, (one.room, known.room if known else 0)), default=0)
        many = one.many or (known.many if known else "")
        found[key] = Word(one.text, one.context, many, known.file if known else one.file, room)
    return found


def unmarked() -> list[str]:
    """Return where words and values meet in a format string that no translator would see."""
    wrong = []
    errors = _error_classes()
    for path, tree in _trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            wrong += [
                f"{path.relative_to(ROOT)}:{leaf.lineno}"
                for value, _context in _arguments(node, errors)
                for leaf in _leaves(value)
                if isinstance(leaf, ast.JoinedStr) and _has_words(leaf)
            ]
    return wrong


@cache
def _trees() -> tuple[tuple[Path, ast.Module], ...]:
    first = ("console", "kit", "features/tokens/screens", "features/patients/screens", "features")
    paths = sorted(SOURCE.rglob("*.py"))

    def order(path: Path) -> tuple[int, str]:
        name = str(path.relative_to(SOURCE))
        at = next((n for n, start in enumerate(first) if name.startswith(start)), len(first))
        return at, name

    return tuple(
        (path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(paths, key=order)
    )


def _in_source() -> Iterator[Word]:
    errors = _error_classes()
    for path, tree in _trees():
        name = str(path.relative_to(ROOT))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _in_call(node, errors, name)
            elif isinstance(node, ast.ClassDef):
                yield from _in_class(node, name)
            elif isinstance(node, ast.FunctionDef) and "Fact" in ast.dump(
                node.returns or node.args
            ):
                yield from _facts(node, name)


def _in_call(node: ast.Call, errors: frozenset[str], file: str) -> Iterator[Word]:
    called = _name(node)
    room = 0
    if called == "Column" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        room = int(node.args[1].value)
    for value, context in _arguments(node, errors):
        for leaf in _leaves(value):
            if isinstance(leaf, ast.Constant):
                limit = room if context == COLUMN else 0
                yield Word(str(leaf.value), context, file=file, room=limit)
    yield from _marked(node, called, file)


def _marked(node: ast.Call, called: str, file: str) -> Iterator[Word]:
    texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args[:2]]
    if called == "counted" and len(texts) == 2 and all(texts):
        yield Word(str(texts[0]), many=str(texts[1]), file=file)
    elif called == "word" and node.args:
        context = str(texts[1]) if len(texts) > 1 and texts[1] is not None else WORD
        for leaf in _leaves(node.args[0]):
            if isinstance(leaf, ast.Constant):
                yield Word(str(leaf.value), context, file=file)
    elif called == "clean":
        for keyword in node.keywords:
            if keyword.arg == "field" and isinstance(keyword.value, ast.Constant):
                yield Word(str(keyword.value.value), "field", file=file)
    elif called in TITLED:
        yield from _titles(node, file)


def _titles(node: ast.Call, file: str) -> Iterator[Word]:
    for argument in node.args:
        for inner in ast.walk(argument):
            if isinstance(inner, ast.Dict):
                for key in inner.keys:
                    if isinstance(key, ast.Constant):
                        yield Word(str(key.value), file=file)


def _in_class(node: ast.ClassDef, file: str) -> Iterator[Word]:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and target.id in NAMED and value is not None:
            for leaf in _leaves(value):
                if isinstance(leaf, ast.Constant):
                    yield Word(str(leaf.value), file=file)


def _facts(node: ast.FunctionDef, file: str) -> Iterator[Word]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Tuple) and len(inner.elts) == 3:
            first = inner.elts[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Word(first.value, file=file)


def _arguments(node: ast.Call, errors: frozenset[str]) -> Iterator[tuple[ast.expr, str]]:
    called = _name(node)
    places = SAID.get(called)
    if called in errors or called == "__init__":
        places = {0: "", "hint": ""}
    for place, context in (places or {}).items():
        if isinstance(place, int):
            if place < len(node.args):
                yield node.args[place], context
        else:
            for keyword in node.keywords:
                if keyword.arg == place:
                    yield keyword.value, context


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    fixed = isinstance(value, ast.Constant) and isinstance(value.value, str)
    if fixed or isinstance(value, ast.JoinedStr):
        yield value
    elif isinstance(value, ast.IfExp):
        yield from _leaves(value.body)
        yield from _leaves(value.orelse)


def _has_words(text: ast.JoinedStr) -> bool:
    fixed = "".join(str(part.value) for part in text.values if isinstance(part, ast.Constant))
    return bool(LETTERS.search(fixed))


def _name(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@cache
def _error_classes() -> frozenset[str]:
    bases = {
        node.name: {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
        for _path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"HmsError"}
    while more := {name for name, of in bases.items() if of & known} - known:
        known |= more
    return frozenset(known)


def _in_lists() -> Iterator[Word]:
    for target, context in LISTS.items():
        module, name = target.split(":")
        told = getattr(import_module(module), name)
        for one in told.values() if isinstance(told, dict) else told:
            text = str(getattr(one, "value", one)).replace("_", " ")
            yield Word(text, context, file=module.replace(".", "/") + ".py")


def _in_help() -> Iterator[Word]:
    from hms.cli.main import command_line

    root: Any = command_line()
    yield from _help_of(root)
    for name, line in root.commands.items():
        yield Word(line.help or "", file="hms/cli")
        yield from _help_of(root.real(name))


def _help_of(command: Any) -> Iterator[Word]:
    yield Word(command.help or "", file="hms/cli")
    for parameter in command.params:
        yield Word(getattr(parameter, "help", None) or "", file="hms/cli")
    for inner in getattr(command, "commands", {}).values():
        if inner.name != "--help":
            yield from _help_of(inner)
