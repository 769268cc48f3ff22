"""Every command is declared by the kit, so that all of them behave alike."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup

from hms.cli.main import command_line
from hms.cli.root import table
from tests.house.sources import ROOT, documentation


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its path (``token issue``)."""
    root = command_line()
    for name in table():
        yield from _below(name, root.real(name))


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from _below(f"{path} {name}", below)
    else:
        yield path, command


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
    """docs/commands.md tells every command; make it with docs/make_commands.py."""
    assert f"`hms {path}" in documentation(), f"run: python docs/make_commands.py ({path})"


def test_a_command_shadows_no_other() -> None:
    """Names of the root are unique over administration and features."""
    from hms.cli.root import ADMINISTRATION
    from hms.features import manifests

    names = [item.name for item in ADMINISTRATION]
    names += [item.name for feature in manifests() for item in feature.commands]
    assert len(names) == len(set(names))


def test_the_page_of_commands_is_the_one_that_the_commands_make() -> None:
    """The page is made from the commands, and made again when they change."""
    from docs.make_commands import page

    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert written == page(), "run: python docs/make_commands.py"
