"""The root of the command line: knows every command by name, loads only the one that runs."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from hms.features import manifests
from hms.kernel.feature import Command, load
from hms.kit.commands import Spoken, single

ADMINISTRATION = (
    Command("init", "Set up a hospital here.", "hms.cli.init:init", group=False),
    Command("console", "Open the console.", "hms.cli.console:console", group=False),
    Command("serve", "Serve the wall displays.", "hms.cli.serve:serve", group=False),
    Command("demo", "Open a hospital full of life.", "hms.cli.demo:demo", group=False),
    Command("simulate", "Drive a file of arrivals.", "hms.cli.simulate:simulate", group=False),
    Command("check", "Say what is well and what to do.", "hms.cli.check:check", group=False),
    Command("help", "Tell how a command is used.", "hms.cli.help:help_of", group=False),
    Command("backup", "Back up the database, verify a backup.", "hms.cli.backup:commands"),
    Command("restore", "Put a backup back.", "hms.cli.restore:restore", group=False),
    Command("db", "Check the database, make an older one current.", "hms.cli.db:commands"),
    Command(
        "install-units", "Write systemd units.", "hms.cli.install_units:install_units", group=False
    ),
    Command("config", "Show the configuration.", "hms.cli.config:commands"),
    Command(
        "permissions", "Show what each role may do.", "hms.cli.permissions:permissions", group=False
    ),
)


def table() -> dict[str, Command]:
    """Return every command of the root by name, in the order of the help."""
    offered = [command for feature in manifests() for command in feature.commands]
    return {command.name: command for command in (*ADMINISTRATION, *offered)}


class LazyRoot(Spoken, TyperGroup):
    """A group whose commands are names and lines of help until one of them runs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._table = table()
        self.commands = {
            item.name: TyperCommand(item.name, help=item.help, rich_markup_mode=None)
            for item in self._table.values()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that ``args`` begin with, imported now, and the rest of them."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, None if found is None or name is None else self.real(name, rest), rest

    def real(self, name: str, following: Sequence[str] = ()) -> TyperCommand | TyperGroup:
        """Import and return the command ``name`` of the table.

        Args:
            name: the command's name.
            following: what was typed behind it.  Where that begins with a command of
                a group, the group is made with that one alone: making the others takes
                longer than calling a patient.
        """
        declared = self._table[name]
        target = load(declared.target)
        if not isinstance(target, typer.Typer):
            return single(declared.name, target)
        made = get_group(_with_one(target, following[0]) if following else target)
        made.name = declared.name
        return made


def _with_one(group: typer.Typer, name: str) -> typer.Typer:
    """Return ``group`` with its command ``name`` alone, or as it is if it has none such."""
    found = [command for command in group.registered_commands if command.name == name]
    if not found:
        return group
    made = copy(group)
    made.registered_commands, made.registered_groups = found, []
    return made
