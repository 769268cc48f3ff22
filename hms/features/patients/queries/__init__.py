"""Read models of patients, for this feature and those above it."""

from hms.features.patients.queries.accesses import (
    AccessView,
    Reader,
    access,
    accesses,
    is_open_to,
    reader_of,
)
from hms.features.patients.queries.finding import find, find_archived, lookalikes
from hms.features.patients.queries.telling import Telling, telling
from hms.features.patients.queries.views import (
    Lookalike,
    PatientBrief,
    PatientView,
    briefs,
    by_id,
    by_mrn,
    id_of_mrn,
    in_care,
    is_here,
)
from hms.features.patients.queries.words import age_sex, phone_tail

__all__ = [
    "AccessView",
    "Lookalike",
    "PatientBrief",
    "PatientView",
    "Reader",
    "Telling",
    "access",
    "accesses",
    "age_sex",
    "briefs",
    "by_id",
    "by_mrn",
    "find",
    "find_archived",
    "id_of_mrn",
    "in_care",
    "is_here",
    "is_open_to",
    "lookalikes",
    "phone_tail",
    "reader_of",
    "telling",
]
