"""The command line in another language: what people read, never what programs read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hms.infra import languages
from tests.cli.shell import Shell


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    languages.forget()


def test_tables_and_errors_speak_it_and_json_does_not(hospital: Shell) -> None:
    hospital("queue", "add", "GM", "--name", "General")
    said = hospital("--lang", "es", "queue", "open", "XX")
    assert said.code == 5
    assert said.err == "hms: no hay cola XX\n     vea: hms queue list\n"
    said = hospital("--json", "--lang", "es", "queue", "open", "XX")
    assert said.error["code"] == "queues.not_found"
    assert said.error["message"] == "there is no queue XX"
    assert hospital("queue", "open", "XX").err.startswith("hms: there is no queue XX\n")


def test_the_environment_and_the_configuration_choose_it_too(
    hospital: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = hospital.folder / "hms.toml"
    config.write_text(config.read_text() + '\n[console]\nlanguage = "hi"\n')
    assert "कतार XX नहीं है" in hospital("queue", "open", "XX").err
    monkeypatch.setenv("HMS_LANG", "ar")
    assert "لا يوجد طابور XX" in hospital("queue", "open", "XX").err
    assert "there is no queue XX" in hospital("--lang", "en", "queue", "open", "XX").err


def test_the_help_follows(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMS_LANG", "es")
    assert "Abrir la consola." in shell("--help").out
    assert "código de la cola" in shell("token", "issue", "--help").out.lower()


def test_a_language_that_is_not_there_is_refused_with_the_list(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = shell("--lang", "tlh", "token", "list")
    assert (said.code, said.out) == (2, "")
    assert 'HMS does not speak "tlh"' in said.err
    assert "choose one of: en, ar, es, hi" in said.err
    monkeypatch.setenv("HMS_LANG", "tlh")
    assert shell("--json", "token", "list").error["code"] == "language.unknown"
