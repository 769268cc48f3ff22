"""Make what the wall ships of its catalogues: python .ci/catalogues.py

``kiosk_display/locale/wall.pot`` holds the words (a context, English, what they are for), one
``LANGUAGE.po`` beside it each translation, in any editor of gettext.  Each page loads one script,
the server one JSON file; all are made here and committed: a hospital needs no gettext.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "kiosk_display/locale"
PAGE = ROOT / "kiosk_display/page/catalogue.js"
KIOSK = ROOT / "kiosk_display/page/kiosk_catalogue.js"
SPEECH = ROOT / "kiosk_display/speech/catalogue.json"
PLACE = re.compile(r"\{\w+\}")

Texts = dict[str, dict[str, str]]  # language -> context -> text


def template() -> dict[str, str]:
    """Return the English text of each context."""
    with (LOCALE / "wall.pot").open("rb") as file:
        return {str(one.context): str(one.id) for one in read_po(file) if one.id}


def translations() -> Texts:
    """Return every language, English first, the others by name."""
    texts = {"en": template()}
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            texts[path.stem] = {
                str(one.context): "" if one.fuzzy else str(one.string)
                for one in read_po(file, locale=path.stem)
                if one.id
            }
    return texts


def sources() -> dict[str, dict[str, str]]:
    """Return what each file says it translates: language -> context -> English."""
    found = {}
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            found[path.stem] = {str(one.context): str(one.id) for one in read_po(file) if one.id}
    return found


def faults() -> list[str]:
    """Return what is missing, left over, uncertain or has other places than the English text."""
    english, found = template(), list[str]()
    for language, said in sources().items():
        for context in sorted({*english} ^ {*said}):
            found.append(
                f"{language}: {context} is {'missing' if context in english else 'unknown'}"
            )
        for context in sorted({*english} & {*said}):
            if said[context] != english[context]:
                found.append(f"{language}: {context} translates another text: {said[context]!r}")
    for language, texts in translations().items():
        for context, text in texts.items():
            if not text.strip():
                found.append(f"{language}: {context} has no translation")
            elif sorted(PLACE.findall(text)) != sorted(PLACE.findall(english.get(context, text))):
                found.append(f"{language}: {context} has other places than the English text")
    return found


def made() -> dict[Path, str]:
    """Return the files that follow from the catalogues."""
    speech = json.dumps(_part("speech."), ensure_ascii=False, indent=1)
    return {PAGE: _script("page."), KIOSK: _script("kiosk."), SPEECH: speech + "\n"}


def _script(start: str) -> str:
    lines = [
        f"  {language}: {json.dumps(texts, ensure_ascii=False)},\n"
        for language, texts in _part(start).items()
    ]
    script = "// Made by .ci/catalogues.py from kiosk_display/locale.\n\nexport const TEXTS = {\n"
    return script + "".join(lines) + "};\n"


def _part(start: str) -> Texts:
    return {
        language: {
            key.removeprefix(start): text for key, text in texts.items() if key.startswith(start)
        }
        for language, texts in translations().items()
    }


def main() -> int:
    """Write the files, unless the catalogues have faults."""
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        for path, text in made().items():
            path.write_text(text, encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
