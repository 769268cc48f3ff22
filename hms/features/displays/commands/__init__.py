"""``hms notice …`` and ``hms display …``."""
