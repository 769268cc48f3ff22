"""``hms config show``: every setting as it holds now, and where its value came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import time
from typing import Annotated, Any

import typer

from hms.infra.settings import Settings
from hms.kit.commands import group, looks
from hms.kit.invocation import current
from hms.kit.output import show_json, show_table

commands = group("Show the configuration.")

_PASSWORD = re.compile(r"(://[^/@:]*):[^@]*@")


@looks(commands, "show")
def show(
    origin: Annotated[bool, typer.Option(help="Say where each value came from.")] = False,
) -> None:
    """Show every setting as it holds now."""
    settings = current().settings()
    values = dict(flat(settings))
    if current().json:
        show_json(
            {
                key: {"value": value, "origin": str(settings.origin(key))} if origin else value
                for key, value in values.items()
            }
        )
        return
    titles = ["key", "value", "origin"] if origin else ["key", "value"]
    rows = [[key, value, settings.origin(key)][: len(titles)] for key, value in values.items()]
    show_table(titles, rows)


def flat(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, tables entry by entry, passwords hidden."""
    for item in fields(settings):
        section = getattr(settings, item.name)
        if is_dataclass(section):
            for setting in fields(section):
                yield from _entries(f"{item.name}.{setting.name}", getattr(section, setting.name))
        elif item.name == "zones":
            yield from _entries("zones", section)


def _entries(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _entries(f"{key}.{name}", entry)
    elif is_dataclass(value):
        said = ((item.name, getattr(value, item.name)) for item in fields(value))
        yield from _entries(key, {name: one for name, one in said if one is not None})
    elif isinstance(value, time):
        yield key, value.isoformat(timespec="minutes")
    elif isinstance(value, tuple):
        yield key, list(value)
    else:
        yield key, _PASSWORD.sub(r"\1:***@", value) if isinstance(value, str) else value
