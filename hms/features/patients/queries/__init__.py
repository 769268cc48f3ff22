"""Read models of patients, for this feature and those above it."""

from hms.features.patients.queries.finding import find, find_archived, lookalikes
from hms.features.patients.queries.views import (
    Lookalike,
    PatientBrief,
    PatientView,
    briefs,
    by_id,
    by_mrn,
    id_of_mrn,
    in_care,
)
from hms.features.patients.queries.words import age_sex, phone_tail

__all__ = [
    "Lookalike",
    "PatientBrief",
    "PatientView",
    "age_sex",
    "briefs",
    "by_id",
    "by_mrn",
    "find",
    "find_archived",
    "id_of_mrn",
    "in_care",
    "lookalikes",
    "phone_tail",
]
