"""How a language says a number: rules in the manner of CLDR's rule-based number formats.

A rule begins at a number and holds until the next one: ``<<`` says the number divided by the
rule's power of ten (or of the radix after ``/``), ``>>`` the remainder, ``==`` the number itself
by the main rules; a name inside (``>et>``) takes another set of rules; what stands in ``[ ]`` is
left out without a remainder.  The words are those of CLDR's ``common/rbnf`` (numbering and
cardinal rules of each language), except that Arabic joins its "and" to the next word and writes
the hundreds as one word, as modern print does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache

MOST = 9_999  # a longer number is said digit by digit

_RULES: dict[str, dict[str, str]] = {
    "en": {
        "": """
0 zero|one|two|three|four|five|six|seven|eight|nine
10 ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen
20 twenty[->>]
30 thirty[->>]
40 forty[->>]
50 fifty[->>]
60 sixty[->>]
70 seventy[->>]
80 eighty[->>]
90 ninety[->>]
100 << hundred[ >>]
1000 << thousand[ >>]
""",
    },
    "es": {
        "": """
0 cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve
10 diez|once|doce|trece|catorce|quince|dieciséis|diecisiete|dieciocho|diecinueve
20 veinte|veintiuno|veintidós|veintitrés|veinticuatro|veinticinco
26 veintiséis|veintisiete|veintiocho|veintinueve
30 treinta[ y >>]
40 cuarenta[ y >>]
50 cincuenta[ y >>]
60 sesenta[ y >>]
70 setenta[ y >>]
80 ochenta[ y >>]
90 noventa[ y >>]
100 cien
101 ciento >>
200 doscientos[ >>]
300 trescientos[ >>]
400 cuatrocientos[ >>]
500 quinientos[ >>]
600 seiscientos[ >>]
700 setecientos[ >>]
800 ochocientos[ >>]
900 novecientos[ >>]
1000 mil[ >>]
2000 << mil[ >>]
""",
    },
    "fr": {
        "": """
0 zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf
10 dix|onze|douze|treize|quatorze|quinze|seize|dix-sept|dix-huit|dix-neuf
20 vingt[>et>]
30 trente[>et>]
40 quarante[>et>]
50 cinquante[>et>]
60/20 soixante[>et>]
80/20 quatre-vingt>s>
100 cent[ >>]
200 << cent>cents>
1000 mille[ >>]
2000 << mille[ >>]
""",
        "et": """
1 -et-un
2 -==
11 -et-onze
12 -==
""",
        "s": """
0 s
1 -==
""",
        "cents": """
0 s
1  ==
""",
    },
    "pt": {
        "": """
0 zero|um|dois|três|quatro|cinco|seis|sete|oito|nove
10 dez|onze|doze|treze|catorze|quinze|dezasseis|dezassete|dezoito|dezanove
20 vinte[ e >>]
30 trinta[ e >>]
40 quarenta[ e >>]
50 cinquenta[ e >>]
60 sessenta[ e >>]
70 setenta[ e >>]
80 oitenta[ e >>]
90 noventa[ e >>]
100 cem
101 cento e >>
200 duzentos[ e >>]
300 trezentos[ e >>]
400 quatrocentos[ e >>]
500 quinhentos[ e >>]
600 seiscentos[ e >>]
700 setecentos[ e >>]
800 oitocentos[ e >>]
900 novecentos[ e >>]
1000 mil[>e>]
2000 << mil[>e>]
""",
        "e": """
0  e ==
101  ==
200  e ==
201  ==
300  e ==
301  ==
400  e ==
401  ==
500  e ==
501  ==
600  e ==
601  ==
700  e ==
701  ==
800  e ==
801  ==
900  e ==
901  ==
""",
    },
    "pt-br": {
        "": """
0 zero|um|dois|três|quatro|cinco|seis|sete|oito|nove
10 dez|onze|doze|treze|catorze|quinze|dezesseis|dezessete|dezoito|dezenove
20 vinte[ e >>]
30 trinta[ e >>]
40 quarenta[ e >>]
50 cinquenta[ e >>]
60 sessenta[ e >>]
70 setenta[ e >>]
80 oitenta[ e >>]
90 noventa[ e >>]
100 cem
101 cento e >>
200 duzentos[ e >>]
300 trezentos[ e >>]
400 quatrocentos[ e >>]
500 quinhentos[ e >>]
600 seiscentos[ e >>]
700 setecentos[ e >>]
800 oitocentos[ e >>]
900 novecentos[ e >>]
1000 mil[>e>]
2000 << mil[>e>]
""",
        "e": """
0  e ==
101  ==
200  e ==
201  ==
300  e ==
301  ==
400  e ==
401  ==
500  e ==
501  ==
600  e ==
601  ==
700  e ==
701  ==
800  e ==
801  ==
900  e ==
901  ==
""",
    },
    "de": {
        "": """
0 null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun
10 zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn
20 [>ein>und]zwanzig
30 [>ein>und]dreißig
40 [>ein>und]vierzig
50 [>ein>und]fünfzig
60 [>ein>und]sechzig
70 [>ein>und]siebzig
80 [>ein>und]achtzig
90 [>ein>und]neunzig
100 <ein<hundert[>>]
1000 <ein<tausend[>>]
""",
        "ein": """
1 ein
2 ==
""",
    },
    "hi": {
        "": """
0 शून्य|एक|दो|तीन|चार|पाँच|छह|सात|आठ|नौ
10 दस|ग्यारह|बारह|तेरह|चौदह|पन्द्रह|सोलह|सत्रह|अठारह|उन्नीस
20 बीस|इक्कीस|बाईस|तेईस|चौबीस|पच्चीस|छब्बीस|सत्ताईस|अट्ठाईस|उनतीस
30 तीस|इकतीस|बत्तीस|तैंतीस|चौंतीस|पैंतीस|छत्तीस|सैंतीस|अड़तीस|उनतालीस
40 चालीस|इकतालीस|बयालीस|तैंतालीस|चौवालीस|पैंतालीस|छियालीस|सैंतालीस|अड़तालीस|उनचास
50 पचास|इक्यावन|बावन|तिरेपन|चौवन|पचपन|छप्पन|सत्तावन|अट्ठावन|उनसठ
60 साठ|इकसठ|बासठ|तिरेसठ|चौंसठ|पैंसठ|छियासठ|सड़सठ|अड़सठ|उनहत्तर
70 सत्तर|इकहत्तर|बहत्तर|तिहत्तर|चौहत्तर|पचहत्तर|छिहत्तर|सतहत्तर|अठहत्तर|उनासी
80 अस्सी|इक्यासी|बयासी|तिरासी|चौरासी|पचासी|छियासी|सत्तासी|अट्ठासी|नवासी
90 नब्बे|इक्यानबे|बानबे|तिरानबे|चौरानबे|पंचानबे|छियानबे|सत्तानबे|अट्ठानबे|निन्यानबे
100 << सौ[ >>]
1000 << हजार[ >>]
""",
    },
    "bn": {
        "": """
0 শূন্য|এক|দুই|তিন|চার|পাঁচ|ছয়|সাত|আট|নয়
10 দশ|এগারো|বারো|তেরো|চৌদ্দ|পনেরো|ষোলো|সতেরো|আঠারো|উনিশ
20 কুড়ি|একুশ|বাইশ|তেইশ|চব্বিশ|পঁচিশ|ছাব্বিশ|সাতাশ|আঠাশ|উনত্রিশ
30 ত্রিশ|একত্রিশ|বত্রিশ|তেত্রিশ|চৌত্রিশ|পঁয়ত্রিশ|ছত্রিশ|সাঁইত্রিশ|আটত্রিশ|উনচল্লিশ
40 চল্লিশ|একচল্লিশ|বিয়াল্লিশ|তেতাল্লিশ|চুয়াল্লিশ|পঁয়তাল্লিশ|ছেচল্লিশ|সাতচল্লিশ|আটচল্লিশ|উনপঞ্চাশ
50 পঞ্চাশ|একান্ন|বায়ান্ন|তিপান্ন|চুয়ান্ন|পঞ্চান্ন|ছাপান্ন|সাতান্ন|আটান্ন|উনষাট
60 ষাট|একষট্টি|বাষট্টি|তেষট্টি|চৌষট্টি|পঁয়ষট্টি|ছেষট্টি|সাতষট্টি|আটষট্টি|উনসত্তর
70 সত্তর|একাত্তর|বাহাত্তর|তিয়াত্তর|চুয়াত্তর|পঁচাত্তর|ছিয়াত্তর|সাতাত্তর|আটাত্তর|উনআশি
80 আশি|একাশি|বিরাশি|তিরাশি|চুরাশি|পঁচাশি|ছিয়াশি|সাতাশি|অষ্টআশি|উননব্বই
90 নব্বই|একানব্বই|বিরানব্বই|তিরানব্বই|চুরানব্বই|পঁচানব্বই|ছিয়ানব্বই|সাতানব্বই|আটানব্বই|নিরানব্বই
100 <<শো[ >>]
1000 << হাজার[ >>]
""",
    },
    "ur": {
        "": """
0 صفر|ایک|دو|تین|چار|پانچ|چھ|سات|آٹھ|نو
10 دس|گیارہ|بارہ|تیرہ|چودہ|پندرہ|سولہ|سترہ|اٹھارہ|انیس
20 بیس|اکیس|بائیس|تئیس|چوبیس|پچیس|چھبیس|ستائیس|اٹھائیس|انتیس
30 تیس|اکتیس|بتیس|تینتیس|چونتیس|پینتیس|چھتیس|سینتیس|اڑتیس|انتالیس
40 چالیس|اکتالیس|بیالیس|تینتالیس|چوالیس|پینتالیس|چھیالیس|سینتالیس|اڑتالیس|انچاس
50 پچاس|اکیاون|باون|تریپن|چون|پچپن|چھپن|ستاون|اٹھاون|انسٹھ
60 ساٹھ|اکسٹھ|باسٹھ|تریسٹھ|چونسٹھ|پینسٹھ|چھیاسٹھ|سڑسٹھ|اڑسٹھ|انہتر
70 ستر|اکہتر|بہتر|تہتر|چوہتر|پچہتر|چھہتر|ستہتر|اٹھہتر|انیاسی
80 اسی|اکیاسی|بیاسی|تراسی|چوراسی|پچاسی|چھیاسی|ستاسی|اٹھاسی|نواسی
90 نوے|اکیانوے|بانوے|ترانوے|چورانوے|پچانوے|چھیانوے|ستانوے|اٹھانوے|ننانوے
100 << سو[ >>]
1000 << ہزار[ >>]
""",
    },
    "ar": {
        "": """
0 صفر|واحد|اثنان|ثلاثة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة
10 عشرة|أحد عشر|اثنا عشر
13 >> عشر
20 [>> و]عشرون
30 [>> و]ثلاثون
40 [>> و]أربعون
50 [>> و]خمسون
60 [>> و]ستون
70 [>> و]سبعون
80 [>> و]ثمانون
90 [>> و]تسعون
100 مئة[ و>>]
200 مئتان[ و>>]
300 ثلاثمئة[ و>>]
400 أربعمئة[ و>>]
500 خمسمئة[ و>>]
600 ستمئة[ و>>]
700 سبعمئة[ و>>]
800 ثمانمئة[ و>>]
900 تسعمئة[ و>>]
1000 ألف[ و>>]
2000 ألفان[ و>>]
3000 << آلاف[ و>>]
""",
    },
    "sw": {
        "": """
0 sifuri|moja|mbili|tatu|nne|tano|sita|saba|nane|tisa
10 kumi[ na >>]
20 ishirini[ na >>]
30 thelathini[ na >>]
40 arobaini[ na >>]
50 hamsini[ na >>]
60 sitini[ na >>]
70 sabini[ na >>]
80 themanini[ na >>]
90 tisini[ na >>]
100 mia <<[ na >>]
1000 elfu <<[, >>]
""",
    },
    "zh": {
        "": """
0 零|一|二|三|四|五|六|七|八|九
10 十[>>]
20 <<十[>>]
100 <<百[>tens>]
1000 <<千[>hundreds>]
""",
        "tens": """
1 零==
10 一==
20 ==
""",
        "hundreds": """
1 零==
10 零一==
20 零==
100 ==
""",
    },
}

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"<(\w*)<|>(\w*)>|==")


@dataclass(frozen=True, slots=True)
class _Rule:
    base: int
    divisor: int
    text: str


def languages() -> frozenset[str]:
    """Return the languages that have rules; some are of one country (``pt-br``)."""
    return frozenset(_RULES)


@lru_cache(10_000)
def spell(number: int, language: str) -> str:
    """Return a number in words; ``language`` is one of ``languages()``."""
    if number > MOST:
        return " ".join(_say(language, "", int(digit)) for digit in str(number))
    return _say(language, "", number)


def _say(language: str, name: str, number: int) -> str:
    rules = _rules(language)[name]
    rule = rules[bisect_right(rules, number, key=_base) - 1]
    whole, rest = divmod(number, rule.divisor)

    def filled(place: re.Match[str]) -> str:
        if place[0] == "==":
            return _say(language, "", number)
        if place[0][0] == "<":
            return _say(language, place[1], whole)
        return _say(language, place[2], rest)

    text = _OPTIONAL.sub(lambda found: found[1] if rest else "", rule.text)
    return _PLACE.sub(filled, text)


def _base(rule: _Rule) -> int:
    return rule.base


@cache
def _rules(language: str) -> dict[str, list[_Rule]]:
    return {name: _parsed(text) for name, text in _RULES[language].items()}


def _parsed(text: str) -> list[_Rule]:
    rules = []
    for line in text.strip("\n").splitlines():
        start, _, bodies = line.partition(" ")
        base, _, radix = start.partition("/")
        for offset, body in enumerate(bodies.split("|")):
            first = int(base) + offset
            rules.append(_Rule(first, _divisor(first, int(radix or 10)), body))
    return rules


def _divisor(base: int, radix: int) -> int:
    divisor = 1
    while divisor * radix <= base:
        divisor *= radix
    return divisor
