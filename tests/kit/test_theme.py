"""Every text can be read on every ground it may stand on, in each theme."""

from __future__ import annotations

import pytest
from textual.color import Color

from hms.kit.theme import DEFAULT_THEME, PAIRS, PALETTES, themes, variables
from tests.kit.contrast import ratio


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_a_text_is_readable_on_its_ground(theme: str, text: str, ground: str) -> None:
    palette = PALETTES[theme]
    least = 7.0 if theme == "hms-contrast" else 4.5
    front = Color.parse(getattr(palette, text))
    back = Color.parse(getattr(palette, ground))
    assert ratio(front, back) >= least


def test_the_measure_is_that_of_wcag() -> None:
    assert ratio(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert ratio(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_each_theme_defines_every_name_that_screens_use() -> None:
    names = {frozenset(variables(palette)) for palette in PALETTES.values()}
    assert len(names) == 1
    assert {theme.name for theme in themes()} == {"hms-dark", "hms-light", "hms-contrast"}
    assert DEFAULT_THEME in PALETTES
