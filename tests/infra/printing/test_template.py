"""The lines of a slip as the configuration writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.infra.printing.document import QrCode, Text, fill
from hms.infra.printing.template import DEFAULT, BadTemplate, parse
from hms.infra.settings import load_settings
from hms.infra.settings_load import SettingsError


def texts(*lines: str, **values: str) -> list[str]:
    return [item.text for item in fill(parse(lines), values).items if isinstance(item, Text)]


def test_words_of_style_stand_before_the_bar() -> None:
    [line] = parse(("center huge bold | {code}",))
    assert (line.align, line.size, line.bold, line.text) == ("center", 6, True, "{code}")


def test_a_line_whose_fields_are_all_empty_is_left_out() -> None:
    assert texts("Room {room}", "{queue} {room}", "plain", queue="GM") == ["GM", "plain"]


def test_a_value_is_never_read_as_a_field() -> None:
    assert texts("{queue}", queue="{code}", code="GM-001") == ["{code}"]


def test_without_an_address_there_is_no_code() -> None:
    assert fill(parse(("qr",)), {}).items == ()
    assert fill(parse(("qr",)), {}, "http://x/t/y").items == (QrCode("http://x/t/y"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{hospitl}", 'field "hospitl", did you mean "hospital"?'),
        ("centre | x", 'style "centre", did you mean "center"?'),
        ("{", "lone brace"),
        ("x" * 401, "at most 400"),
    ],
)
def test_a_mistake_names_its_line_and_what_was_meant(line: str, said: str) -> None:
    with pytest.raises(BadTemplate) as wrong:
        parse(("{code}", line))
    assert said in str(wrong.value)
    assert "line" in str(wrong.value)


def test_a_mistake_is_refused_when_the_configuration_is_read(tmp_path: Path) -> None:
    file = tmp_path / "hms.toml"
    file.write_text('[printing]\ndriver = "none"\ntemplate = ["{code}", "{hospitl}"]\n')
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    assert f"{file}, line 3: printing.template" in refused.value.message
    assert 'its line 2 has the field "hospitl", did you mean "hospital"?' in refused.value.message


def test_the_built_in_lines_are_sound() -> None:
    assert len(parse(DEFAULT)) == len(DEFAULT)


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(BadTemplate):
        parse(("x",) * 61)
