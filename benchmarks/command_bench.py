"""How long a command takes from exec to exit, against what Python itself needs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from benchmarks.measure import Row, Timed, in_turns, ratio_row
from benchmarks.stage import QUEUE, ROOT, Stage, hms, stage
from hms.features.tokens import service as tokens

ROUNDS, QUICK_ROUNDS = 25, 7
TOKENS = 50
HELP_TIMES, NEXT_TIMES, SERVING_TIMES = 8.0, 1.25, 1.3
_SERVER = "import sys; from kiosk_display.start import main; sys.exit(main())"


def rows(quick: bool) -> list[Row]:
    """Return the bounds of starting a command."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with stage() as place:
        for _ in range(TOKENS):
            place.application.do_now(place.desk, tokens.issue, tokens.IssueToken(QUEUE))
        place.sign_in(place.nurse)
        environment = place.environment
        python = [sys.executable, "-c"]
        help_ms, bare_ms = in_turns(
            rounds,
            timed(hms("--help"), environment),
            timed([*python, "pass"], environment),
        )
        calling = hms(
            "--config", str(place.config), "token", "next", "--queue", QUEUE, "--finish", "--json"
        )
        next_ms, model_ms = in_turns(
            rounds,
            timed(calling, environment),
            timed([*python, "import sqlmodel"], environment),
        )
        serving_ms, both_ms = in_turns(
            rounds, _serving(place), timed([*python, "import sqlmodel, websockets"], environment)
        )
    return [
        ratio_row("hms --help", HELP_TIMES, help_ms, "python -c pass", bare_ms),
        ratio_row(
            "hms token next", NEXT_TIMES, next_ms, 'python -c "import sqlmodel"', model_ms
        ),
        ratio_row(
            "hms-display, exec to serving", SERVING_TIMES, serving_ms,
            'python -c "import sqlmodel, websockets"', both_ms,
        ),
    ]  # fmt: skip


def timed(command: Sequence[str], environment: Mapping[str, str]) -> Timed:
    """Return what runs ``command`` once and says how many milliseconds it took."""

    def run() -> float:
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - began) * 1000

    return run


def _serving(place: Stage) -> Timed:
    command = [sys.executable, "-c", _SERVER, "--config", str(place.config), "--port", "0"]

    def start() -> float:
        began = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, env=place.environment, stderr=subprocess.PIPE
        ) as server:
            assert server.stderr is not None
            while b"the wall is at" not in server.stderr.readline():
                assert server.poll() is None
            taken_ms = (time.perf_counter() - began) * 1000
            server.terminate()
        return taken_ms

    return start
