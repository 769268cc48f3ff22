"""Runs ``hms`` as a person in a folder of their own would, in this process or as one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hms.cli.main import main
from tests.house.sources import ROOT

PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """Return the error object."""
        told: dict[str, str] = self.json["error"]
        return told


class Shell:
    """A folder, an environment, and the program."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str) -> Said:
        """Run ``hms`` in this process."""
        self._capture.readouterr()
        code = main(list(arguments))
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)

    def process(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> Said:
        """Run ``hms`` as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "hms.cli.main", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)
