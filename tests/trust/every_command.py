"""A program for tests: runs every command of ``hms``, in this process and on this terminal.

``hostile FOLDER N`` gives each text option and argument ``N`` of the hostile texts in turn (0: all
of them), ``broken FOLDER`` lets every command fail with a patient's name in its hands.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hms.cli.main import command_line, main
from hms.kit.invocation import Invocation
from tests.trust.hostile import TEXTS, in_turn

# These wait for a person or a signal, or put another database in the place of this one.
WAITS = {"console", "serve", "demo", "simulate", "login", "password", "restore", "help"}
CANARY = "Canary Birdsong"
PLAIN = {"--queue": "GM", "--to": "ENT", "--name": "Somebody", "--role": "nurse"}


def leaves() -> Iterator[tuple[list[str], Any]]:
    """Yield every command that ends by itself, with its words."""
    root = command_line()
    for name in root.commands:
        if name in WAITS:
            continue
        yield from _below([name], root.real(name))


def _below(words: list[str], command: Any) -> Iterator[tuple[list[str], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        if not any(word in WAITS for word in words):
            yield words, command
        return
    for name, child in inner.items():
        yield from _below([*words, name], child)


def _name(parameter: Any) -> str:
    return str(max(parameter.opts, key=len))


def _takes_text(parameter: Any) -> bool:
    flag = getattr(parameter, "is_flag", False)
    return not flag and _name(parameter) not in ("--help", "--password-stdin")


def call_of(words: list[str], command: Any, given: Any = None, text: str = "") -> list[str]:
    """Return a whole command line, ``text`` in the place of the parameter ``given``."""
    options, arguments = [], []
    for parameter in command.params:
        name, chosen = _name(parameter), parameter is given
        if parameter.param_type_name == "argument":
            if chosen or parameter.required:
                arguments.append(text if chosen else "GM-001")
        elif chosen or parameter.required:
            options += [f"{name}={text if chosen else PLAIN.get(name, '1')}"]
        elif name == "--yes":
            options.append(name)
    return [*words, *options, "--", *arguments] if arguments else [*words, *options]


def hostile(count: int) -> None:
    """Give every text parameter its share of the texts."""
    turn, calls, bad = in_turn(), 0, []
    for words, command in leaves():
        for parameter in filter(_takes_text, command.params):
            for text in itertools.islice(turn, count or len(TEXTS)):
                code = _quietly(call_of(words, command, parameter, text))
                calls += 1
                if code not in (0, 2, 3, 4, 5, 6, 7):
                    bad.append((" ".join(words), _name(parameter), ascii(text[:20]), code))
    print(f"\r\nCALLS {calls} BAD {bad!r}", flush=True)


def broken() -> None:
    """Let every command fail where it opens the hospital; print how each ended."""

    def fail(_self: object, *_: object) -> Any:
        patient, password = CANARY, "canary password"
        raise RuntimeError(f"a fault of ours with {patient} and {password} in its hands")

    for name in ("application", "who"):
        setattr(Invocation, name, fail)
    ended = [(" ".join(words), _quietly(call_of(words, command))) for words, command in leaves()]
    print(f"\r\nENDED {len(ended)} ONE {sum(code == 1 for _, code in ended)}", flush=True)
    print("OTHERS", sorted({name for name, code in ended if code != 1}), flush=True)


def _quietly(arguments: list[str]) -> int:
    try:
        return int(main(arguments))
    except BaseException as error:  # noqa: BLE001 - what gets past main is what is looked for
        print(f"\r\nPAST MAIN {type(error).__name__}", flush=True)
        return 99


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    os.chdir(place)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - to the end
    if what == "broken":
        broken()
    else:
        hostile(int(sys.argv[3]))
