"""The check of ``hms check`` that says which hospital of a chain works here."""

from __future__ import annotations

from hms.cli.checks import Finding, Grade
from hms.infra.settings import Settings
from hms.kernel.i18n import phrase
from hms.kernel.text import show


def hospital(settings: Settings) -> Finding:
    """Say which hospital of the installation these settings are of."""
    from hms.features.staff.queries.views import HospitalView, hospitals
    from hms.infra.db import open_database
    from hms.infra.uow import Work

    def look(work: Work) -> list[HospitalView]:
        return hospitals(work.db, settings)

    db = open_database(settings, read_only=True)
    try:
        every = db.read_now(look)
    finally:
        db.close_now()
    name, code = "hospital", settings.hospital.code
    here = next((one for one in every if one.here), None)
    if here is None:
        found = phrase("there is no hospital {code}", code=show(code))
        return Finding(name, Grade.PROBLEM, found, "see: hms hospital list; and [hospital] code")
    if len(every) == 1:
        return Finding(name, Grade.OK, show(settings.hospital.name))
    found = phrase("{code}, one of {count}", code=here.code, count=len(every))
    if not code:
        return Finding(name, Grade.NOTE, found, "say so at its desks: [hospital] code")
    return Finding(name, Grade.OK, found)
