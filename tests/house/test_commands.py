"""Every command is declared by the kit, so that all of them behave alike."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from docs.make_pages import PAGES, leaves
from hms.cli.main import command_line
from hms.cli.root import table
from tests.house.sources import ROOT, documentation


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its path (``token issue``)."""
    root = command_line()
    for name in table():
        yield from leaves(name, root.real(name))


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL)
def test_a_command_takes_json_has_help_and_is_no_coroutine(path: str) -> None:
    """``--json`` everywhere, a line of help everywhere, and nothing that nobody would await."""
    command = ALL[path]
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--json" in options, f"declare it with kit.commands: {path}"
    assert command.help, f"{path} has no docstring"
    assert not inspect.iscoroutinefunction(inspect.unwrap(command.callback))


@pytest.mark.parametrize("path", ALL)
def test_an_option_of_a_command_says_what_it_is(path: str) -> None:
    """Each option has a line of help; contracts name them, people read them."""
    silent = [
        parameter.opts[0]
        for parameter in ALL[path].params
        if parameter.param_type_name == "option" and not parameter.help and not parameter.hidden
    ]
    assert not silent, silent


@pytest.mark.parametrize("path", ALL)
def test_a_command_is_documented(path: str) -> None:
    """docs/commands.md tells every command; make it with docs/make_pages.py."""
    assert f"`hms {path}" in documentation(), f"run: python docs/make_pages.py ({path})"


def test_a_command_shadows_no_other() -> None:
    """Names of the root are unique over administration and features."""
    from hms.cli.root import ADMINISTRATION
    from hms.features import manifests

    names = [item.name for item in ADMINISTRATION]
    names += [item.name for feature in manifests() for item in feature.commands]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_follows_from_the_source_is_up_to_date(name: str) -> None:
    """The page is made from the source, and made again when that changes."""
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python docs/make_pages.py"
