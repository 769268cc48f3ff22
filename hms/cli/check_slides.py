"""The check of the pictures that idle walls show."""

from __future__ import annotations

from hms.cli.checks import Finding, Grade
from hms.infra.settings import Settings
from hms.kernel.i18n import counted, phrase
from hms.kernel.text import show

_NAMED = 3  # refused files that are named


def slides(settings: Settings) -> Finding:
    """Draw every slide once, and say which files the walls leave out."""
    from hms.infra.slides import folders, look

    named = folders(settings)
    if not named:
        return Finding("slides", Grade.OK, "none configured")
    found = [look(folder) for folder in named]
    good = sum(len(one.slides) for one in found)
    bad = [refused for one in found for refused in one.refused]
    pictures = counted("{count} picture", "{count} pictures", good)
    if not bad:
        places = " ".join(show(folder) for folder in named)
        return Finding(
            "slides", Grade.OK, phrase("{pictures} in {places}", pictures=pictures, places=places)
        )
    said = "; ".join(f"{one.name}: {one.why}" for one in bad[:_NAMED])
    more = "; …" if len(bad) > _NAMED else ""
    said_all = phrase("{pictures}, left out: {files}", pictures=pictures, files=said + more)
    to_do = "take them out of the folder, or make them smaller; the walls leave them out"
    return Finding("slides", Grade.PROBLEM, said_all, to_do)
