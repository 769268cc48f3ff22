"""Power cuts: what a process wrote is written down, and the disk made as it may be afterwards."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.house.sources import ROOT

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc is not installed")
SOURCE = Path(__file__).with_name("powercut.c")
SECTOR = 512
ACKS = "acknowledged"
_HEAD = struct.Struct("<BBQQ")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was done to a file: W written, T truncated, S put on the disk."""

    what: str
    file: str
    offset: int
    data: bytes


def build(folder: Path) -> Path:
    """Compile the shim that writes everything down."""
    made = folder / "powercut.so"
    command = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(made), str(SOURCE)]
    subprocess.run([*command, "-ldl"], check=True)
    return made


def recorded(shim: Path, watched: Path, log: Path, *command: str) -> list[Record]:
    """Run ``command`` and return what it did to the files in the folder ``watched``."""
    env = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "POWERCUT_DIR": str(watched.resolve()),
        "POWERCUT_LOG": str(log),
    }
    subprocess.run([sys.executable, *command], check=True, cwd=ROOT, env=env)
    return list(_records(log.read_bytes()))


def _records(log: bytes) -> Iterator[Record]:
    at = 0
    while at < len(log):
        what, name_length, offset, length = _HEAD.unpack_from(log, at)
        at += _HEAD.size
        name = log[at : at + name_length].decode()
        at += name_length
        data = log[at : at + length]
        at += length
        yield Record(chr(what), name, offset, data)


@dataclass
class Disk:
    """What is on the disk for certain, what may be, and what had been acknowledged."""

    certain: dict[str, bytearray] = field(default_factory=dict)
    maybe: dict[str, list[Record]] = field(default_factory=dict)
    acknowledged: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, folder: Path, files: tuple[str, ...]) -> Disk:
        """Return the disk with the ``files`` of ``folder`` on it."""
        here = [name for name in files if (folder / name).exists()]
        return cls({name: bytearray((folder / name).read_bytes()) for name in here})

    def take(self, record: Record) -> None:
        """Let one more thing happen."""
        if record.file == ACKS:
            self.acknowledged += record.data
        elif record.what == "S":
            content = self.certain.setdefault(record.file, bytearray())
            for earlier in self.maybe.pop(record.file, ()):
                _apply(content, earlier)
        else:
            self.maybe.setdefault(record.file, []).append(record)

    def after_a_cut(self, folder: Path, how: str, chance: random.Random) -> None:
        """Write into ``folder`` what is left when the power goes now.

        ``how`` tells what becomes of the writes that nobody waited for: "none" is
        there, a random "subset", or each sector of them by itself ("torn").
        """
        for name in {*self.certain, *self.maybe}:
            content = bytearray(self.certain.get(name, b""))
            for record in self.maybe.get(name, ()):
                for part in _surviving(record, how, chance):
                    _apply(content, part)
            (folder / name).write_bytes(content)


def _surviving(record: Record, how: str, chance: random.Random) -> Iterator[Record]:
    if how == "none":
        return
    if how == "subset" or record.what == "T":
        if chance.random() < 0.5:
            yield record
        return
    end = record.offset + len(record.data)
    at = record.offset
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        if chance.random() < 0.5:
            part = record.data[at - record.offset : until - record.offset]
            yield Record("W", record.file, at, part)
        at = until


def _apply(content: bytearray, record: Record) -> None:
    if record.what == "T":
        del content[record.offset :]
        content.extend(bytes(record.offset - len(content)))
        return
    if len(content) < record.offset:
        content.extend(bytes(record.offset - len(content)))
    content[record.offset : record.offset + len(record.data)] = record.data
