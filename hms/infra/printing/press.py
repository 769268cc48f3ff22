"""Slips in, paper out: the one way that every slip goes, the test slip too."""

from __future__ import annotations

from collections.abc import Sequence

from hms.infra.printing.document import Slip
from hms.infra.printing.escpos import to_bytes
from hms.infra.printing.send import SLIP_SECONDS, Sent, send
from hms.infra.settings import PrintingSettings

SLACK_SECONDS = 10.0


def print_now(slips: Sequence[Slip], config: PrintingSettings) -> Sent:
    """Print ``slips`` here and now, and say what became of them.

    Raises:
        HmsError: they cannot be made as the configuration wants them.
    """
    return send(to_bytes(slips, config), config, len(slips))


def limit_seconds(config: PrintingSettings, slips: int = 1) -> float:
    """Return how long making and sending slips may take with every patience used up."""
    return config.timeout_seconds * 8.0 + SLIP_SECONDS * (slips - 1) + SLACK_SECONDS
