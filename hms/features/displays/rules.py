"""How much a wall can say at once."""

from __future__ import annotations

NOTICE_LENGTH = 160  # characters; what is read in passing
NOTICES_AT_ONCE = 12
