"""Use cases of patients: registering, finding, importing."""

from hms.features.patients.rules import RegisterPatient
from hms.features.patients.service.finding import find_duplicates, search, show
from hms.features.patients.service.imported import (
    ImportRow,
    RowOutcome,
    Taken,
    check_rows,
    import_rows,
)
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

__all__ = [
    "EditPatient",
    "ImportRow",
    "RegisterPatient",
    "RowOutcome",
    "Taken",
    "archive",
    "check_rows",
    "edit",
    "find_duplicates",
    "import_rows",
    "register",
    "register_unknown",
    "search",
    "show",
    "stated",
    "take_into_care",
    "unarchive",
]
