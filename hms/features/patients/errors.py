"""What the rules of registration refuse, each with its stable code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from hms.kernel.i18n import counted, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hms.features.patients.queries import Lookalike


class PatientNotFound(NotFound):
    """There is no such patient, or none that one may see."""

    code = "patients.not_found"
    hint = "find the patient with: hms patient search TEXT"


class LikelyDuplicate(Refused):
    """Somebody much like this one is registered; ``candidates`` are those to look at."""

    code = "patients.duplicate"
    hint = "take the one that is there, or register anyway (--allow-duplicate)"

    def __init__(self, candidates: Sequence[Lookalike]) -> None:
        count = len(candidates)
        told = counted(
            "a patient like this is registered already",
            "{count} patients like this are registered already",
            count,
        )
        super().__init__(told, field="name")
        self.candidates = tuple(candidates)

    def as_dict(self) -> dict[str, object]:
        """Return the error with its ``candidates``, the likeliest first."""
        return {**super().as_dict(), "candidates": [like.as_json() for like in self.candidates]}


class ChangedMeanwhile(Refused):
    """Somebody else saved the same patient since it was read."""

    code = "patients.changed_meanwhile"

    def __init__(self, mrn: str) -> None:
        super().__init__(
            phrase("{mrn} was changed at another desk meanwhile", mrn=mrn),
            hint="look at the patient again, then make your change on what is there now",
        )


class AlreadyArchived(Refused):
    """The patient is archived."""

    code = "patients.archived"


class NotArchived(Refused):
    """The patient is not archived."""

    code = "patients.not_archived"


class BadLimit(InvalidInput):
    """A search for no row or for too many."""

    code = "patients.limit"


class PatientIsHere(Refused):
    """The patient has a token that is not finished."""

    code = "patients.has_token"
    hint = "finish or cancel the token first; see: hms token list"


class ReasonNeeded(NotPermitted):
    """The record is of somebody else's patient: it opens for a reason, which is recorded."""

    code = "patients.reason_needed"
    hint = "say why (--reason T): it opens for 60 minutes, it is recorded, and the manager is told"


class AccessNotFound(NotFound):
    """No record was opened under this number."""

    code = "patients.access_not_found"
    hint = "see: hms patient access list"


class AlreadyAcknowledged(Refused):
    """Somebody took note of it before."""

    code = "patients.access_acknowledged"


class OwnAccess(Refused):
    """Nobody takes note of what they opened themselves."""

    code = "patients.own_access"
    hint = "ask another manager"
