"""The sentence of a call in each language, in its own order of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_display.speech.sentence import sentence, spoken_language

LANGUAGES = ["en", "es", "fr", "pt", "de", "hi", "bn", "ar", "ur", "sw", "zh"]

SAID = {
    "en": "Token G M forty-two, room three",
    "es": "Turno G M cuarenta y dos, sala tres",
    "fr": "Numéro G M quarante-deux, salle trois",
    "pt": "Senha G M quarenta e dois, sala três",
    "de": "Nummer G M zweiundvierzig, Raum drei",
    "hi": "टोकन नंबर जी एम बयालीस, कमरा नंबर तीन",
    "bn": "টোকেন নম্বর জি এম বিয়াল্লিশ, তিন নম্বর কক্ষ",
    "ar": "الرقم جي إم اثنان وأربعون، غرفة رقم ثلاثة",
    "ur": "ٹوکن نمبر جی ایم بیالیس، کمرہ نمبر تین",
    "sw": "Namba jii emu arobaini na mbili, chumba namba tatu",
    "zh": "请 G M 四十二号，到三号诊室",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "room", ["3", "Room 3", "sala 3", "कमरा 3", "غرفة 3", "诊室 3", "3号诊室", "৩"]
)
def test_a_call_is_one_sentence_whichever_language_the_room_is_written_in(
    language: str, room: str
) -> None:
    assert sentence(language, "GM-042", room) == SAID[language]


def test_letters_of_a_code_are_names_and_its_number_is_one_number() -> None:
    assert sentence("en", "ENT-105", "Counter 2") == "Token E N T one hundred five, counter two"
    assert sentence("en", "A-7", "3A") == "Token A, seven, room three A", "not the article"
    assert sentence("es", "YO-7", "1") == "Turno ye O siete, sala uno", "not the conjunction"
    assert sentence("en", "B2-007", "1") == "Token B two, seven, room one", "not twenty-seven"


def test_without_a_room_the_number_alone_is_called() -> None:
    assert sentence("en", "GM-001", None) == "Token G M one, please"
    assert sentence("zh", "GM-001", " ") == "请 G M 一号"


def test_another_place_is_said_as_written_with_its_numbers_in_words() -> None:
    assert sentence("de", "GM-001", "Labor 2") == "Nummer G M eins, Labor zwei"
    assert sentence("bn", "GM-001", "জরুরি বিভাগ") == "টোকেন নম্বর জি এম এক, জরুরি বিভাগ"


def test_a_country_has_its_own_numbers_and_a_script_changes_nothing() -> None:
    assert sentence("pt-BR", "GM-016", "3") == "Senha G M dezesseis, sala três"
    assert sentence("zh-Hans", "GM-042", "3") == SAID["zh"]
    assert spoken_language("en-IN") == "en"


def test_a_language_that_the_wall_does_not_know_is_not_spoken() -> None:
    assert sentence("tlh", "GM-042", "3") is None
    assert spoken_language("") is None


@given(st.sampled_from(LANGUAGES), st.text(max_size=200))
def test_whatever_a_room_is_called_it_is_only_words(language: str, room: str) -> None:
    said = sentence(language, "GM-042", room)
    assert said is not None
    assert said.isprintable()
    assert not set(said) & set('<>[]{}&|;$`\\"/=_')
    assert said == sentence(language, "GM-042", room), "the same on every server"
