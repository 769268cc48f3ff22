"""Which languages the console and the command line speak, and which one they speak now.

English is the source and needs no file; any other is a compiled catalogue in
``hms/locale`` that is read when it is asked for (docs/languages.md).
"""

from __future__ import annotations

from pathlib import Path

from hms.kernel import i18n
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show

SOURCE = "en"
VARIABLE = "HMS_LANG"
FOLDER = Path(__file__).resolve().parents[1] / "locale"

_chosen = False


class UnknownLanguage(InvalidInput):
    """HMS does not speak this language."""

    code = "language.unknown"


def offered() -> tuple[str, ...]:
    """Return the languages there are, English first."""
    return (SOURCE, *sorted(file.stem for file in FOLDER.glob("*.mo")))


def known(tag: str) -> str:
    """Return the language that ``tag`` means: ``es``, ``es-MX`` and ``es_MX.UTF-8`` are Spanish.

    Raises:
        UnknownLanguage: there is none; the hint names those there are.
    """
    language = tag.strip().replace("_", "-").split(".")[0].split("-")[0].lower()
    if language not in offered():
        raise UnknownLanguage(
            phrase('HMS does not speak "{language}"', language=show(tag)),
            hint=phrase("choose one of: {languages}", languages=", ".join(offered())),
            field="lang",
        )
    return language


def choose(tag: str) -> None:
    """Speak the language of ``tag`` from now on, whatever the settings say.

    Raises:
        UnknownLanguage: there is none.
    """
    global _chosen
    _speak(known(tag))
    _chosen = True


def follow(configured: str) -> None:
    """Speak what ``[console] language`` says, unless a person chose another.

    Raises:
        UnknownLanguage: there is none.
    """
    if not _chosen:
        _speak(known(configured))


def forget() -> None:
    """Speak English again, as at the start of the process."""
    global _chosen
    _chosen = False
    i18n.use(None)


def _speak(language: str) -> None:
    if language == SOURCE:
        i18n.use(None)
        return
    from gettext import GNUTranslations

    with (FOLDER / f"{language}.mo").open("rb") as file:
        i18n.use(GNUTranslations(file))
