"""The checks of ``hms check`` that concern paper: the printer, and the letters it lacks."""

from __future__ import annotations

from hms.cli.checks import Finding, Grade
from hms.infra.settings import Settings
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase
from hms.kernel.text import show

_SAMPLES = ("people", "go", "follow")  # of the slip's own words


def printer(settings: Settings) -> Finding:
    """Ask the printer how it is, and make an example slip."""
    config = settings.printing
    if not config.on:
        return Finding("printer", Grade.OK, "none")
    found = f"{config.driver} {show(config.target)}".strip()
    found += f", of {show(config.station)}" if config.station else ", driven by hms serve"
    try:
        from hms.infra.printing import template
        from hms.infra.printing.document import fill
        from hms.infra.printing.escpos import to_bytes
        from hms.infra.printing.send import status

        lines = template.parse(config.template or template.DEFAULT)
        to_bytes([fill(lines, {"code": "GM-042", "hospital": settings.hospital.name})], config)
    except HmsError as error:
        return Finding(
            "printer",
            Grade.PROBLEM,
            phrase("{found}: {message}", found=found, message=error.message),
            error.hint,
        )
    trouble = status(config)
    if trouble:
        to_do = "see to it; tokens are given out all the same, their slips wait"
        return Finding(
            "printer",
            Grade.PROBLEM,
            phrase("{found}: {trouble}", found=found, trouble=trouble),
            to_do,
        )
    return Finding("printer", Grade.OK, found)


def slip_letters(settings: Settings) -> Finding:
    """Look whether this machine can draw what the slip says in its language."""
    name = "slip letters"
    if not settings.printing.on:
        return Finding(name, Grade.OK, "nothing is printed")
    from hms.features.tokens.slip.words import RIGHT_TO_LEFT, language_of, say
    from hms.infra.printing.fonts import NoFont
    from hms.infra.printing.raster import runs_of

    own = settings.printing.language
    language = language_of((own,) if own else settings.hospital.languages)
    words = [say(language, key) for key in _SAMPLES]
    try:
        for text in (*words, settings.hospital.name):
            runs_of(text, settings.printing.font, bold=False)
    except NoFont as missing:
        return Finding(
            name,
            Grade.PROBLEM,
            phrase("{language}: {message}", language=language, message=missing.message),
            missing.hint,
        )
    if language in RIGHT_TO_LEFT and not _joins():
        advice = "install Pillow's wheel, or libraqm: letters stand apart without it"
        return Finding(
            name,
            Grade.PROBLEM,
            phrase("{language}: letters cannot be joined", language=language),
            advice,
        )
    return Finding(name, Grade.OK, language)


def _joins() -> bool:
    from PIL import features

    return bool(features.check("raqm"))
