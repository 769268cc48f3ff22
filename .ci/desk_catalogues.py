"""Keep the catalogues of the console and the command line: python .ci/desk_catalogues.py

The words come from the source (``words.py``) and become ``hms/locale/hms.pot``.  Each
``LANGUAGE.po`` beside it gets what is new, without a translation, and loses what is gone; what is
complete enough is compiled to the ``LANGUAGE.mo`` that the program reads.  ``--check`` writes
nothing and says what is missing.
"""

# ruff: noqa: E402 - the path to the source and to words.py comes first
from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from rich.cells import cell_len
from words import COLUMN, KEY, PLACE, ROOT, Word, unmarked, words

from hms.kit.cells import measure_as_terminals_do

measure_as_terminals_do()

LOCALE = ROOT / "hms/locale"
POT = LOCALE / "hms.pot"
LONGEST_KEY = 5  # cells of a label on a function key (hms.kit.tui_actions)
NUMBERS = {  # gettext's rule for the forms of a number
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
}
EVER = datetime(2026, 1, 1, tzinfo=UTC)  # what is made must not depend on the clock
TWO_FORMS = (2, "(n != 1)")
HEAD = "# {title}\n# Words of the console and the command line; docs/languages.md says how.\n#"
SYNTAX = re.compile(r"\{[^{}]*\}")
_KEPT = r"F\d{1,2}|Esc|Enter(?! a )|Ctrl\+[A-Z]|--[a-z-]+|MRN|[A-Z]{2}-\d{3}"
FIXED = re.compile(f"(?<![A-Za-z])(?:{_KEPT})(?![A-Za-z])")  # keys, options, codes stay


def languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.stem for path in LOCALE.glob("*.po"))


def template() -> Catalog:
    """Return what the source says, as the catalogue that translators begin with."""
    made = _blank("en")
    for word in words().values():
        _put(made, word, "")
    return made


def current(language: str) -> Catalog:
    """Return the catalogue of ``language``: all words of the source, translated or not."""
    told = read(language)
    made = _blank(language)
    for word in words().values():
        before = _find(told, word)
        _put(made, word, before.string if before is not None and not before.fuzzy else "")
    return made


def read(language: str) -> Catalog:
    """Return the catalogue as the file says it."""
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return _blank(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def missing(language: str) -> list[Word]:
    """Return the words without a translation."""
    told = read(language)
    return [word for word in words().values() if not _texts(_find(told, word), word)]


def faults() -> list[str]:
    """Return what a translation says otherwise than the English text: places, room, keys."""
    found = [f"{place}: words and values meet without phrase()" for place in unmarked()]
    for language in languages():
        told = read(language)
        for word in words().values():
            for text in _texts(_find(told, word), word):
                found += [f"{language}: {word.text!r}: {fault}" for fault in _faults_of(word, text)]
    return found


def made() -> dict[Path, bytes]:
    """Return the files as they have to be."""
    files = {POT: _as_po(template())}
    for language in languages():
        catalogue = current(language)
        files[LOCALE / f"{language}.po"] = _as_po(catalogue)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        files[LOCALE / f"{language}.mo"] = compiled.getvalue()
    return files


def _faults_of(word: Word, text: str) -> list[str]:
    found = []
    english = {word.text, word.many or word.text}
    if word.many:
        if not set(PLACE.findall(text)) <= set().union(*(PLACE.findall(one) for one in english)):
            found.append("has other places")
    elif sorted(SYNTAX.findall(text)) != sorted(SYNTAX.findall(word.text)):
        found.append("has other places")
    if set(FIXED.findall(word.text)) != set(FIXED.findall(text)) and not word.many:
        found.append("names other keys, options or codes")
    if word.context == KEY and cell_len(text) > max(LONGEST_KEY, cell_len(word.text)):
        found.append(f"{text!r} is too long for the key bar")
    if word.context == COLUMN and word.room and cell_len(text) > word.room:
        found.append(f"{text!r} is wider than its column of {word.room}")
    return found


def _texts(message: Message | None, word: Word) -> tuple[str, ...]:
    """Return the forms of a translation, none when one is missing."""
    if message is None or message.fuzzy:
        return ()
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if bool(word.many) != isinstance(message.string, tuple | list):
        return ()
    return tuple(forms) if all(forms) else ()


def _find(catalogue: Catalog, word: Word) -> Message | None:
    return catalogue.get(word.text, word.context or None)


def _put(catalogue: Catalog, word: Word, text: object) -> None:
    name = (word.text, word.many) if word.many else word.text
    count = catalogue.num_plurals
    forms = tuple(text) if isinstance(text, tuple | list) else ("",) * count
    string = forms if word.many else (text if isinstance(text, str) else "")
    comments = [f"at most {LONGEST_KEY} cells"] if word.context == KEY else []
    if word.context == COLUMN and word.room:
        comments = [f"at most {word.room} cells"]
    catalogue.add(
        name,
        string,
        locations=[(word.file, None)],  # type: ignore[list-item]
        auto_comments=comments,
        context=word.context or None,
    )


def _blank(language: str) -> Catalog:
    title = "Template" if language == "en" else f"Language: {language}"
    made = Catalog(
        locale=None if language == "en" else language,
        project="HMS",
        header_comment=HEAD.format(title=title),
        fuzzy=False,
        creation_date=EVER,
        revision_date=EVER,
    )
    made._num_plurals, made._plural_expr = NUMBERS.get(language, TWO_FORMS)
    return made


def _as_po(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalogue, width=100, omit_header=True, include_lineno=False)
    count, rule = catalogue._num_plurals, catalogue._plural_expr
    language = f'"Language: {catalogue.locale}\\n"\n' if catalogue.locale else ""
    head = (
        f'{catalogue.header_comment}\nmsgid ""\nmsgstr ""\n"Project-Id-Version: HMS\\n"\n{language}'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: nplurals={count}; plural={rule};\\n"\n\n'
    )
    return head.encode() + written.getvalue()


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` say what is wrong."""
    wrong = faults()
    for fault in wrong:
        print(fault, file=sys.stderr)
    for language in languages():
        gone = missing(language)
        print(f"{language}: {len(words()) - len(gone)} of {len(words())} translated")
        if "--missing" in arguments:
            print("\n".join(f"    {word.file}: {word.text!r}" for word in gone))
    if "--check" in arguments:
        return 1 if wrong else 0
    for path, text in made().items():
        path.write_bytes(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
