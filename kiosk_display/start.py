"""``hms-display`` from its first moment: the server is imported without looking for garbage."""

from __future__ import annotations

import gc


def main() -> int:
    """Run ``hms-display``; return its exit code."""
    # The imports make a few hundred thousand objects that all stay.  To look for garbage among
    # them is a tenth of the start and more; frozen, no later collection looks at them either.
    gc.disable()
    from kiosk_display import server

    gc.freeze()
    gc.enable()
    return server.main()
