"""The check of the pictures that idle walls show."""

from __future__ import annotations

from hms.cli.checks import Finding, Grade
from hms.infra.settings import Settings
from hms.kernel.text import show

_NAMED = 3  # refused files that are named; the rest is counted


def slides(settings: Settings) -> Finding:
    """Draw every slide once, and say which files the walls leave out."""
    from hms.infra.slides import folders, look

    named = folders(settings)
    if not named:
        return Finding("slides", Grade.OK, "none configured")
    found = [look(folder) for folder in named]
    good = sum(len(one.slides) for one in found)
    bad = [refused for one in found for refused in one.refused]
    pictures = f"{good} picture{'' if good == 1 else 's'}"
    if not bad:
        places = " ".join(show(folder) for folder in named)
        return Finding("slides", Grade.OK, f"{pictures} in {places}")
    said = "; ".join(f"{one.name}: {one.why}" for one in bad[:_NAMED])
    more = f"; {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    to_do = "take them out of the folder, or make them smaller; the walls leave them out"
    return Finding("slides", Grade.PROBLEM, f"{pictures}, left out: {said}{more}", to_do)
