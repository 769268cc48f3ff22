"""Write the pages that follow from the source: commands, permissions and events."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import fields as fields_of
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from typer.core import TyperGroup

from hms.cli.main import command_line
from hms.cli.permissions import SIGNS
from hms.cli.root import table
from hms.features import manifests
from hms.kernel.actor import STAFF_ROLES
from hms.kernel.events import Event

FOLDER = Path(__file__).parent
MADE = "Made from the source by `python docs/make_pages.py`; change the source, not this page.\n"
EVERYWHERE = {"--json", "--yes", "--help"}
COMMANDS_HEAD = f"""\
# Commands

{MADE}
`hms [--config FILE] COMMAND …`. Every command takes `--json` (one JSON document on standard
output, times in UTC, messages on standard error) and `--help`; every one that changes data takes
`--yes`. Tables are drawn on a terminal only, a pipe gets tab-separated lines.

Exit codes: 0 done · 1 unexpected failure · 2 usage · 3 a check found problems · 4 not signed in or
not permitted · 5 not found · 6 refused by a rule or a conflict · 7 database unreachable or busy ·
130 interrupted. With `--json` an error is
`{{"error": {{"code": "tokens.nothing_waiting", "message": "…", "hint": "…"}}}}`.
"""
PERMISSIONS_HEAD = f"""\
# Permissions

{MADE}
What is not listed, nobody may. *own*: of one's own queues, patients or profile; *where allowed*:
only where a queue's setting lets the front desk do it; *without the patient*: seen, but not whose
it is. The same table: `hms permissions`.

- A doctor's own queues are those that name the doctor, and pools that name no doctor: any doctor
  calls for a pool. A doctor sends patients of own queues on to another queue.
- A doctor's own patients are those whom the doctor called or served, and those whom a nurse called
  for the doctor: of several doctors of a queue the one whose room it was, else each of them.
- The record of any other patient opens to a doctor for a reason (`hms patient show MRN --reason T`,
  Ctrl+F on the desk): for 60 minutes, for that doctor alone. It is in the audit with the reason
  (`hms audit show --action patients.break_glass`) and an alarm on the desks of managers and
  administrators until a manager took note of it (`hms patient access list`, `acknowledge ID`). The
  reason is kept as it is typed: say why, not what is wrong with the patient.
- The front desk calls only for queues made with `--desk-calls`.
- A manager adds, disables and resets users below managers, and ends their sessions.
- The system administrator sees no patient: tokens without whose they are, the audit without the
  records of patients and what changed in them, accesses without MRN and reason.
- Allergies and blood group are part of the record that the front desk writes and reads.
- Our own processes (periodic work, printing, what screens report, `hms demo`) act as a service
  account that nobody can sign in to; the wall itself has a connection that only reads.
- Whoever may not do something leaves one entry `access.denied` in the audit, and no other change.

"""
EVENTS_HEAD = f"""\
# Events

{MADE}
Every change leaves one row in the outbox, in the transaction that made it true. *frames* is how
many frames it makes in each zone of the wall that its queue belongs to (wire.md); the numbering of
the wall is the running sum of these. An event never carries a name, MRN, phone, birth date or
reason.

| event | frames | fields | happened |
|---|---|---|---|
"""


def commands_page() -> str:
    """Return the page of all commands."""
    root = command_line()
    parts = [COMMANDS_HEAD]
    for name, declared in table().items():
        real = root.real(name)
        line = f"\n{declared.help}\n" if isinstance(real, TyperGroup) else ""
        parts.append(f"\n## hms {name}\n{line}")
        parts += [_told(path, command) for path, command in leaves(name, real)]
    return "".join(parts)


def leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield every command at or below ``command`` with its path (``token issue``)."""
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from leaves(f"{path} {name}", below)
    else:
        yield path, command


def _told(path: str, command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [
        item
        for item in command.params
        if item.param_type_name == "option" and not set(item.opts) & EVERYWHERE
    ]
    names = " ".join(_argument(item) for item in arguments)
    lines = [f"\n`{f'hms {path} {names}'.strip()}`", "", (command.help or "").strip(), ""]
    lines += [f"- `{_argument(item)}`: {item.help}" for item in arguments if item.help]
    for item in options:
        need = " (required)" if item.required else ""
        lines.append(f"- `{' / '.join((*item.opts, *item.secondary_opts))}`: {item.help}{need}")
    return "\n".join(lines).rstrip() + "\n"


def _argument(item: Any) -> str:
    return str(item.metavar or item.name.upper())


def permissions_page() -> str:
    """Return the page of all permissions."""
    titles = [role.value.replace("_", " ") for role in STAFF_ROLES]
    lines = [f"| permission | {' | '.join(titles)} | allows to |", "|---" * (len(titles) + 2) + "|"]
    for feature in manifests():
        for item in feature.permissions:
            held = [SIGNS[item.roles[role]] if role in item.roles else "·" for role in STAFF_ROLES]
            lines.append(f"| `{item.name}` | {' | '.join(held)} | {item.help} |")
    return PERMISSIONS_HEAD + "\n".join(lines) + "\n"


def event_kinds() -> dict[str, type[Event]]:
    """Return every event that can happen by its name."""
    found: dict[str, type[Event]] = {}
    for feature in manifests():
        if feature.events is None:
            continue
        module = import_module(feature.events)
        for name, value in vars(module).items():
            ours = isinstance(value, type) and issubclass(value, Event)
            if ours and value.__module__ == module.__name__:
                found[name] = value
    bases = {base.__name__ for event in found.values() for base in event.__mro__[1:]}
    return {name: event for name, event in found.items() if name not in bases}


def events_page() -> str:
    """Return the page of all events."""
    lines = []
    for name, event in event_kinds().items():
        told = " ".join((event.__doc__ or "").split("\n\n")[0].split())
        shown = ", ".join(f"`{item.name}`" for item in fields_of(event)[2:])  # its own
        lines.append(f"| `{name}` | {event.wall_frames} | {shown} | {told} |")
    return EVENTS_HEAD + "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "permissions.md": permissions_page,
    "events.md": events_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
