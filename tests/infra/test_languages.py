"""Which language is spoken: asked for by a person, or by the hospital, or English."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.infra import languages
from hms.infra.settings import load_settings
from hms.infra.settings_load import SettingsError
from hms.kernel.i18n import tr
from tests.house.sources import ROOT


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    languages.forget()


def test_english_and_the_catalogues_are_offered() -> None:
    assert languages.offered() == ("en", "ar", "es", "hi")


@pytest.mark.parametrize("tag", ["es", "ES", "es-MX", "es_AR.UTF-8", " es "])
def test_a_tag_means_its_language(tag: str) -> None:
    assert languages.known(tag) == "es"


@pytest.mark.parametrize("tag", ["", "xx", "../es", "español"])
def test_a_language_that_is_not_there_is_refused_with_the_list(tag: str) -> None:
    with pytest.raises(languages.UnknownLanguage) as refused:
        languages.choose(tag)
    assert refused.value.code == "language.unknown"
    assert refused.value.hint == "choose one of: en, ar, es, hi"
    assert tr("Password") == "Password"


def test_what_a_person_chose_is_stronger_than_the_hospital_s() -> None:
    languages.follow("es")
    assert tr("Password") == "Contraseña"
    languages.choose("hi")
    languages.follow("es")
    assert tr("Password") == "पासवर्ड"
    languages.choose("en")
    languages.follow("es")
    assert tr("Password") == "Password"


def test_the_configuration_refuses_another(tmp_path: Path) -> None:
    file = tmp_path / "hms.toml"
    file.write_text('[console]\nlanguage = "xx"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match='one of "en", "ar", "es", "hi"'):
        load_settings(file)
    file.write_text('[console]\nlanguage = "es"\n', encoding="utf-8")
    assert load_settings(file).console.language == "es"


def test_english_reads_no_catalogue() -> None:
    """Whoever works in English pays nothing: gettext is not even imported for it."""
    script = (
        "import sys, hms.infra.languages as l; before = 'gettext' in sys.modules;"
        "l.follow('en'); l.choose('en'); assert ('gettext' in sys.modules) == before"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
