"""The sentence of a call: a pure function of token, room and language.

Letters of the code one by one, its number in words, then the place in the order of the
language.  A numbered room or counter is said in each language, whichever language staff
wrote it in; any other place is said as it is written.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib import resources
from unicodedata import category

from kiosk_display.speech.numbers import languages as counting
from kiosk_display.speech.numbers import spell

REMEMBERED = 20_000  # sentences: what is next in line is made into words before it is called
PLACE_LENGTH = 80  # of a room's name; a longer one is cut for the ear
_CODE = re.compile(r"[A-Za-z]|[0-9]+")
_NUMBERED = re.compile(r"\s*(\d{1,6})\s*([A-Za-z]?)\s*")
_DIGITS = re.compile(r"\d+")
_SPOKEN = "LMN"  # kinds of characters that are said: letters, their marks, numbers
_PAUSES = " .,'’-"  # the rest a voice would stumble over, or take as a command

# Names of letters. A letter that is not here is said rightly by itself in that language;
# one that is, would be taken for a word or for a sound (the Spanish "y", the English "a").
_HINDI = "ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई ज़ेड"
_BENGALI = "এ বি সি ডি ই এফ জি এইচ আই জে কে এল এম এন ও পি কিউ আর এস টি ইউ ভি ডব্লিউ এক্স ওয়াই জেড"
_ARABIC = "إيه بي سي دي إي إف جي إتش آي جيه كيه إل إم إن أو بي كيو آر إس تي يو في دبليو إكس واي زد"
_URDU = (
    "اے بی سی ڈی ای ایف جی ایچ آئی جے کے ایل ایم این او پی کیو آر ایس ٹی یو وی ڈبلیو ایکس وائی زیڈ"
)
_SWAHILI = (
    "ei bii sii dii ii efu jii echi ai jei kei elu emu enu oo pii kyuu ara esi tii yuu vii "
    "dabliu eksi wai zedi"
)
_LETTERS: dict[str, dict[str, str]] = {
    "en": {"A": "A,"},
    "es": {"Y": "ye"},
    "fr": {"Y": "i grec"},
    "pt": {"A": "á", "E": "é", "K": "cá", "O": "ó"},
    **{
        language: dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", names.split(), strict=True))
        for language, names in {
            "hi": _HINDI, "bn": _BENGALI, "ar": _ARABIC, "ur": _URDU, "sw": _SWAHILI,
        }.items()
    },
}  # fmt: skip

_COMMAS = {"ar": "،", "ur": "،", "zh": "，"}


def spoken_language(tag: str) -> str | None:
    """Return the language of the catalogue for a BCP 47 tag, None when there is none."""
    language = tag.partition("-")[0].lower()
    return language if language in _catalogue() else None


@lru_cache(REMEMBERED)
def sentence(tag: str, token: str, room: str | None) -> str | None:
    """Return what is said in the language ``tag``, None when the wall does not speak it."""
    language = spoken_language(tag)
    if language is None:
        return None
    texts, words = _catalogue()[language], _numbering(tag, language)
    code = _spelled(token, language, words)
    place = None if room is None else _place(room, texts, language, words)
    if not place:
        return texts["alone"].format(token=code)
    return texts["call"].format(token=code, place=place)


def _spelled(token: str, language: str, words: str) -> str:
    """Return ``GM-042`` as "G M forty-two"; groups of digits are set apart by a comma."""
    letters = _LETTERS.get(language, {})
    said: list[str] = []
    after_digits = False
    for part in _CODE.findall(token):
        if part.isdigit():
            if after_digits:
                said[-1] += _COMMAS.get(language, ",")
            said.append(spell(int(part), words))
            after_digits = True
        else:
            said.append(letters.get(part.upper(), part.upper()))
    return " ".join(said)


def _place(room: str, texts: dict[str, str], language: str, words: str) -> str:
    for kind in ("room", "counter"):
        found = _patterns()[kind].fullmatch(room)
        if found is None and kind == "room":
            found = _NUMBERED.fullmatch(room)
        if found is not None:
            number, letter = [*filter(None, found.groups()), ""][:2]
            said = spell(int(number), words)
            if letter:
                said += " " + _LETTERS.get(language, {}).get(letter.upper(), letter.upper())
            return texts[kind].format(number=said.rstrip(","))
    kept = (one if one in _PAUSES or category(one)[0] in _SPOKEN else " " for one in room)
    plain = " ".join("".join(kept)[:PLACE_LENGTH].split())
    return _DIGITS.sub(lambda digits: spell(int(digits[0]), words), plain)


def _numbering(tag: str, language: str) -> str:
    """Return whose number words are used: those of the country where they differ."""
    return tag.lower() if tag.lower() in counting() else language


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    file = resources.files("kiosk_display").joinpath("speech/catalogue.json")
    texts: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return texts


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return how a numbered room and a numbered counter are written in all languages."""
    found = {}
    number = r"(?P<{}>\d{{1,6}})\s*(?P<{}>[A-Za-z]?)"
    for kind, others in (("room", {"rm", "zimmer"}), ("counter", {"desk", "window"})):
        before, after = set(others), set[str]()
        for texts in _catalogue().values():
            head, _, tail = texts[kind].partition("{number}")
            # "कमरा नंबर 3" or "कमरा 3": staff write it with or without the word for "number"
            before |= {name for name in (head.strip(), head.partition(" ")[0]) if name}
            after |= {tail.strip()} - {""}
            before |= {tail.strip().rpartition(" ")[2].lstrip("号")} - {""}
        found[kind] = re.compile(
            rf"\s*(?:(?:{_any(before)})\.?\s*{number.format('n', 'l')}"
            rf"|{number.format('m', 'k')}\s*(?:{_any(after)}))\s*",
            re.IGNORECASE,
        )
    return found


def _any(names: set[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=lambda one: (-len(one), one)))
