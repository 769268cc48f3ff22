"""Write docs/commands.md from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from typer.core import TyperGroup

from hms.cli.main import command_line
from hms.cli.root import table

TARGET = Path(__file__).with_name("commands.md")
HEAD = """\
# Commands

Made from the commands by `python docs/make_commands.py`; change the commands, not this page.

`hms [--config FILE] COMMAND …`. Every command takes `--json` (one JSON document on standard
output, times in UTC, messages on standard error) and `--help`; every one that changes data takes
`--yes`. Tables are drawn on a terminal only, a pipe gets tab-separated lines.

Exit codes: 0 done · 1 unexpected failure · 2 usage · 3 a check found problems · 4 not signed in or
not permitted · 5 not found · 6 refused by a rule or a conflict · 7 database unreachable or busy ·
130 interrupted. With `--json` an error is
`{"error": {"code": "tokens.nothing_waiting", "message": "…", "hint": "…"}}`.
"""
EVERYWHERE = {"--json", "--yes", "--help"}


def page() -> str:
    """Return the whole page."""
    root = command_line()
    parts = [HEAD]
    for name, declared in table().items():
        real = root.real(name)
        if isinstance(real, TyperGroup):
            parts.append(f"\n## hms {name}\n\n{declared.help}\n")
        else:
            parts.append(f"\n## hms {name}\n")
        parts += [_told(path, command) for path, command in _below(name, real)]
    return "".join(parts)


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from _below(f"{path} {name}", below)
    else:
        yield path, command


def _told(path: str, command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [
        item
        for item in command.params
        if item.param_type_name == "option" and not set(item.opts) & EVERYWHERE
    ]
    names = " ".join(item.metavar or item.name.upper() for item in arguments)
    lines = [f"\n`{f'hms {path} {names}'.strip()}`", "", (command.help or "").strip(), ""]
    for item in (*arguments, *options):
        kind = "" if item.param_type_name == "argument" else _spelling(item)
        name = kind or item.metavar or item.name.upper()
        need = " (required)" if item.required and kind else ""
        lines.append(f"- `{name}`: {item.help or item.name.replace('_', ' ')}{need}")
    return "\n".join(lines).rstrip() + "\n"


def _spelling(option: Any) -> str:
    return " / ".join((*option.opts, *option.secondary_opts))


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
