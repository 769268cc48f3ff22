"""One test in two sizes: a small form in ``make test``, the nightly one in ``make test-long``."""

from __future__ import annotations

from typing import Any

import pytest


def sizes(name: str, short: Any, long: Any) -> pytest.MarkDecorator:
    """Run a test with ``name`` = ``short`` at every commit and with ``long`` at night."""
    return pytest.mark.parametrize(
        name, [pytest.param(short, id="short"), pytest.param(long, id="long", marks=nightly)]
    )


nightly = pytest.mark.long
