"""The desks in Spanish, Hindi and Arabic: other words, the same keys, nothing cut at 80 x 24."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len

from hms.console.desks import DESKS
from hms.console.desks.reception_keys import RECEPTION
from hms.console.palette import EVERYWHERE
from hms.infra import languages
from hms.kernel.feature import load
from hms.kernel.i18n import phrase, tr, word
from hms.kit.keybar import KeyBar

Sit = Callable[..., Any]
LANGUAGES = ("es", "hi", "ar")
SAID = {  # what somebody reads who does not know the source
    "es": ("Recepción", "Buscar", "entregado"),
    "hi": ("रिसेप्शन", "खोजें", "दिया गया"),
    "ar": ("الاستقبال", "بحث", "أُعطي"),
}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    languages.forget()


@pytest.mark.asyncio
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_patient_gets_a_token_with_the_same_keys(sit: Sit, language: str) -> None:
    languages.choose(language)
    title, find, given = SAID[language]
    async with sit("rosa") as desk:
        await desk.sees(title, find)
        first, second = desk.text.splitlines()[-2:]
        for action in RECEPTION:
            if action.is_function_key:
                assert action.cap + tr(action.label, "key") in first.replace(" ", "")
        assert cell_len(first) <= 80
        assert tr("Out", "key") in second, "the last of the other keys is still on the bar"
        await desk.types("zora quill 1980")
        await desk.sees(tr("Nobody. Enter or F3 registers a new patient."))
        await desk.keys("enter", "f9")
        await desk.sees(tr("waiting", "column"))
        await desk.keys("o", "1", "enter")
        await desk.sees(given, "Zora Quill", tr(word("older")))
        await desk.keys("f10")
        taken_back = phrase(
            "Taken back: {code} is {state}", code="GM-009", state=word("entered in error")
        )
        await desk.sees(tr(taken_back))
        assert "Taken" not in desk.text


@pytest.mark.asyncio
async def test_a_doctor_calls_and_is_answered_in_hindi(sit: Sit) -> None:
    languages.choose("hi")
    async with sit("asha") as desk:
        await desk.sees("8 प्रतीक्षा में")
        await desk.keys("f4")
        await desk.sees("में बुलाया", "एक बार बुलाया")
        await desk.keys("f1")
        await desk.sees("अगले मरीज़ को बुलाएँ")


@pytest.mark.asyncio
async def test_a_wrong_password_is_told_in_arabic(sit: Sit) -> None:
    languages.choose("ar")
    async with sit(None) as desk:
        await desk.signs_in("rosa", "not the password of rosa")
        await desk.sees("الاسم أو كلمة المرور خطأ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("desk", sorted(DESKS.values()))
def test_no_key_leaves_the_bar_because_its_word_is_longer(desk: str, language: str) -> None:
    """What fits into 80 cells in English fits in every language."""
    actions = (*load(desk).all_actions, *EVERYWHERE)
    fitted = []
    for tag in ("en", language):
        languages.choose(tag)
        fitted.append(KeyBar(actions)._other_keys(80).plain.count("  "))
    assert fitted[1] >= fitted[0]
