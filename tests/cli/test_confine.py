"""Whoever sits at a console stays inside it."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.house.sources import ROOT

AFTER = """
import os, resource, signal
from hms.cli.confine import confine
confine()
print(sorted(name for name in os.environ if name.startswith("TEXTUAL")))
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
for name in ("SIGTSTP", "SIGQUIT"):
    os.kill(os.getpid(), getattr(signal, name))
print("still here")
"""


def test_no_variable_opens_a_recorder_and_no_signal_stops_it() -> None:
    told = {
        "TEXTUAL": "devtools,debug", "TEXTUAL_SCREENSHOT": "1", "TEXTUAL_LOG": "/tmp/keys",
        "TEXTUAL_DRIVER": "os:system", "TEXTUAL_ALLOW_SIGNALS": "1", "TEXTUAL_FPS": "30",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", AFTER],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.split("\n")[:3] == ["['TEXTUAL_FPS']", "0", "still here"]


def test_it_is_loaded_before_textual_reads_those_variables() -> None:
    code = "import sys, hms.cli.console; print('textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
