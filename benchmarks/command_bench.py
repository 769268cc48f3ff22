"""How long a command takes from exec to exit, against what Python itself needs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from benchmarks.measure import Row, Timed, in_turns, ratio_row
from benchmarks.stage import QUEUE, ROOT, hms, stage
from hms.features.tokens import service as tokens

ROUNDS, QUICK_ROUNDS = 25, 7
TOKENS = 50
HELP_TIMES, LIST_TIMES = 15.0, 1.4


def rows(quick: bool) -> list[Row]:
    """Return the bounds of starting a command."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with stage() as place:
        for _ in range(TOKENS):
            place.application.do_now(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
        environment = place.environment
        listing = hms("--config", str(place.config), "token", "list", "--json")
        help_ms, bare_ms = in_turns(
            rounds,
            _timed(hms("--help"), environment),
            _timed([sys.executable, "-c", "pass"], environment),
        )
        list_ms, model_ms = in_turns(
            rounds,
            _timed(listing, environment),
            _timed([sys.executable, "-c", "import sqlmodel"], environment),
        )
    return [
        ratio_row("hms --help", HELP_TIMES, help_ms, "python -c pass", bare_ms),
        ratio_row(
            "hms token list --json", LIST_TIMES, list_ms, 'python -c "import sqlmodel"', model_ms
        ),
    ]


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> Timed:
    def run() -> float:
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - began) * 1000

    return run
