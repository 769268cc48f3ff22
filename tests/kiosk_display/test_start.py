"""The display server starts without looking for garbage, and looks for it ever after."""

from __future__ import annotations

import subprocess
import sys


def test_what_was_imported_is_frozen_and_the_collector_runs_again() -> None:
    code = (
        "import gc, sys\n"
        "sys.argv = ['hms-display', '--help']\n"
        "from kiosk_display.start import main\n"
        "collections = sum(one['collections'] for one in gc.get_stats())\n"
        "code = main()\n"
        "later = sum(one['collections'] for one in gc.get_stats())\n"
        "print(code, later - collections, gc.isenabled(), gc.get_freeze_count() > 50_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0 True True"
