"""Use cases of patients: registering, finding, importing."""

from hms.features.patients.rules import RegisterPatient
from hms.features.patients.service.breaking_glass import acknowledge_access, list_accesses
from hms.features.patients.service.finding import find_duplicates, search, show
from hms.features.patients.service.imported import (
    ImportRow,
    RowOutcome,
    Taken,
    check_rows,
    import_rows,
)
from hms.features.patients.service.privacy import patient_privacy
from hms.features.patients.service.registering import (
    EditPatient,
    archive,
    edit,
    register,
    register_unknown,
    stated,
    take_into_care,
    unarchive,
)
from hms.features.patients.service.rows import rebuild_search

__all__ = [
    "EditPatient",
    "ImportRow",
    "RegisterPatient",
    "RowOutcome",
    "Taken",
    "acknowledge_access",
    "archive",
    "check_rows",
    "edit",
    "find_duplicates",
    "import_rows",
    "list_accesses",
    "patient_privacy",
    "rebuild_search",
    "register",
    "register_unknown",
    "search",
    "show",
    "stated",
    "take_into_care",
    "unarchive",
]
