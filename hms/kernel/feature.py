"""The manifest by which a feature joins the house.

Targets are strings, so that listing features imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hms.kernel.actor import Permission


@dataclass(frozen=True, slots=True)
class Command:
    """A group of commands: its name, one line of help, and ``module:attribute`` of its Typer app.

    ``group`` False means that the target is a plain function that becomes a
    command of the root itself (``hms login``).
    """

    name: str
    help: str
    target: str
    group: bool = True


@dataclass(frozen=True, slots=True)
class Invariant:
    """What always holds in the database: ``query`` is SQL that finds what breaks it, if anything.

    It is valid on SQLite and PostgreSQL, and its first column tells where.
    """

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Job:
    """What the display server, which only reads, may ask of the worker of ``hms serve``.

    Args:
        name: by which it is asked for (``displays.report``).
        reads: ``module:function`` that makes a checked command of the question's body, or raises.
        use_case: ``module:function`` of the use case ``(work, actor, command)``; what it
            returns must be JSON, or have ``as_json``.
        looks: whether it only looks.
    """

    name: str
    reads: str
    use_case: str
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """What is done in the transaction of a feature below: ``to`` names it (``room_renamed``).

    ``target`` is ``module:function``, called with what ``reactions.react`` was given.
    """

    to: str
    target: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the hospital: one folder, one line in ``hms.features``.

    ``invariants`` is the target of a tuple of ``Invariant``, ``slips`` of what makes
    the slips of each kind of print job (``printing.worker.Composer`` by kind), ``numbers``
    of how its numbers are carried over a restore (``backup.numbers.Numbers``).
    """

    name: str
    help: str
    permissions: tuple[Permission, ...] = ()
    models: tuple[str, ...] = ()
    events: str | None = None
    invariants: str | None = None
    commands: tuple[Command, ...] = ()
    jobs: tuple[Job, ...] = ()
    slips: str | None = None
    numbers: str | None = None
    reactions: tuple[Reaction, ...] = ()


def load(target: str) -> Any:
    """Import ``module:attribute`` and return the attribute."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
