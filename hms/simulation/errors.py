"""What a simulation refuses to begin with."""

from __future__ import annotations

from hms.kernel.errors import InvalidInput, ProblemsFound, Refused, Unavailable


class UnreadableArrivals(InvalidInput):
    """The file cannot be read, or is no file of arrivals."""

    code = "simulate.arrivals"


class RowRefused(InvalidInput):
    """One row of the file says what cannot be."""

    code = "simulate.row"


class HospitalInUse(Refused):
    """The database belongs to a hospital where people have been."""

    code = "simulate.hospital_in_use"
    hint = "name a new database; a simulation never touches a hospital that is at work"


class LogDisagrees(ProblemsFound):
    """The events of the outbox do not add up to the tables."""

    code = "simulate.log_disagrees"


class NoScreens(Unavailable):
    """The display server of the simulation, or its screens, do not come up."""

    code = "simulate.no_screens"
    hint = "see: hms check; many screens need a higher limit of open files (ulimit -n)"
