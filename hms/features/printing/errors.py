"""What the spool refuses."""

from __future__ import annotations

from hms.kernel.errors import NotFound, Refused


class JobNotFound(NotFound):
    """No print job has this number."""

    code = "printing.not_found"
    hint = "see: hms print jobs"


class JobSettled(Refused):
    """There is nothing to settle: the slip was printed, or stands in a line by itself."""

    code = "printing.settled"


class PrintingOff(Refused):
    """No printer is configured."""

    code = "printing.off"
    hint = "set [printing] driver and target, or ask for a PDF with --pdf FILE"
