"""Programs of others that we run: what they may know."""

from __future__ import annotations

import os


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a program of others: ours without our own settings.

    ``HMS_DATABASE__URL`` may hold a password.  ``more`` is added where it is not set.
    """
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("HMS_")}
    return {**more, **theirs}
