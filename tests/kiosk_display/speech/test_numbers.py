"""Numbers are said as each language's published rules have them.

The examples are those that CLDR's ``common/rbnf`` rules (numbering or cardinal) give, checked
beside grammars where print differs from CLDR: the Real Academia's *Ortografía* (es: one word up
to treinta, "y" after it), the *Rectifications de l'orthographe* of 1990 (fr: "vingt-et-un"),
Cunha and Cintra's *Nova Gramática* (pt: "e" after thousands before a round or small rest),
Duden (de: one word below a million), Ryding's *Reference Grammar of Modern Standard Arabic*
15.1 (ar: units before tens, joined by wa-), GB/T 15835 (zh: 零 for skipped places, 一十 inside).
"""

from __future__ import annotations

import pytest

from kiosk_display.speech.numbers import MOST, languages, spell

EXAMPLES = {
    "en": {
        0: "zero", 13: "thirteen", 42: "forty-two", 90: "ninety", 100: "one hundred",
        105: "one hundred five", 999: "nine hundred ninety-nine",
        1234: "one thousand two hundred thirty-four",
    },
    "es": {
        16: "dieciséis", 21: "veintiuno", 22: "veintidós", 31: "treinta y uno",
        42: "cuarenta y dos", 100: "cien", 101: "ciento uno", 500: "quinientos",
        715: "setecientos quince", 999: "novecientos noventa y nueve", 1000: "mil",
        2021: "dos mil veintiuno",
    },
    "fr": {
        17: "dix-sept", 21: "vingt-et-un", 42: "quarante-deux", 70: "soixante-dix",
        71: "soixante-et-onze", 77: "soixante-dix-sept", 80: "quatre-vingts",
        81: "quatre-vingt-un", 91: "quatre-vingt-onze", 200: "deux cents", 201: "deux cent un",
        1000: "mille", 1999: "mille neuf cent quatre-vingt-dix-neuf",
    },
    "pt": {
        16: "dezasseis", 21: "vinte e um", 42: "quarenta e dois", 100: "cem",
        101: "cento e um", 242: "duzentos e quarenta e dois", 1001: "mil e um",
        1100: "mil e cem", 1200: "mil e duzentos", 1234: "mil duzentos e trinta e quatro",
    },
    "pt-br": {16: "dezesseis", 17: "dezessete", 19: "dezenove", 42: "quarenta e dois"},
    "de": {
        1: "eins", 16: "sechzehn", 17: "siebzehn", 21: "einundzwanzig", 30: "dreißig",
        42: "zweiundvierzig", 100: "einhundert", 101: "einhunderteins",
        777: "siebenhundertsiebenundsiebzig", 1001: "eintausendeins",
    },
    "hi": {
        3: "तीन", 19: "उन्नीस", 29: "उनतीस", 42: "बयालीस", 50: "पचास", 79: "उनासी", 89: "नवासी",
        99: "निन्यानबे", 100: "एक सौ", 142: "एक सौ बयालीस", 1005: "एक हजार पाँच",
    },
    "bn": {
        3: "তিন", 19: "উনিশ", 42: "বিয়াল্লিশ", 49: "উনপঞ্চাশ", 75: "পঁচাত্তর", 99: "নিরানব্বই",
        105: "একশো পাঁচ", 300: "তিনশো", 1000: "এক হাজার",
    },
    "ar": {
        3: "ثلاثة", 10: "عشرة", 13: "ثلاثة عشر", 21: "واحد وعشرون", 42: "اثنان وأربعون",
        99: "تسعة وتسعون", 100: "مئة", 105: "مئة وخمسة", 200: "مئتان", 1000: "ألف", 2000: "ألفان",
        3000: "ثلاثة آلاف",
    },
    "ur": {
        3: "تین", 19: "انیس", 42: "بیالیس", 59: "انسٹھ", 79: "انیاسی", 99: "ننانوے",
        105: "ایک سو پانچ", 1000: "ایک ہزار",
    },
    "sw": {
        3: "tatu", 11: "kumi na moja", 42: "arobaini na mbili", 100: "mia moja",
        105: "mia moja na tano", 242: "mia mbili na arobaini na mbili", 1000: "elfu moja",
    },
    "zh": {
        10: "十", 11: "十一", 20: "二十", 42: "四十二", 100: "一百", 105: "一百零五",
        110: "一百一十",
        112: "一百一十二", 120: "一百二十", 1005: "一千零五", 1010: "一千零一十", 1200: "一千二百",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [(lang, number, words) for lang, said in EXAMPLES.items() for number, words in said.items()],
)
def test_a_number_is_said_as_published(language: str, number: int, words: str) -> None:
    assert spell(number, language) == words


def test_every_language_that_counts_has_examples() -> None:
    assert set(EXAMPLES) == languages()


@pytest.mark.parametrize("language", sorted(EXAMPLES))
def test_no_two_numbers_sound_alike(language: str) -> None:
    said = [spell(number, language) for number in range(MOST + 1)]
    assert len(set(said)) == len(said)
    assert not any("<" in one or ">" in one or "[" in one or one != one.strip() for one in said)


@pytest.mark.parametrize("language", sorted(EXAMPLES))
def test_a_very_long_number_is_said_digit_by_digit(language: str) -> None:
    zero, one = spell(0, language), spell(1, language)
    assert spell(10_010, language) == f"{one} {zero} {zero} {one} {zero}"
