"""How much of one patient may be told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from hms.features.patients import queries
from hms.features.patients.model import PatientPrivacy
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel import privacy
from hms.kernel.actor import Actor
from hms.kernel.errors import InvalidInput, NotFound
from hms.kernel.i18n import phrase
from hms.kernel.text import clean, show

ALIAS_MAX = 40
_privacy = table_of(PatientPrivacy)


class PatientUnknown(NotFound):
    """No patient has this MRN."""

    code = "patients.not_found"
    hint = "see: hms patient search TEXT"


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """The most that may be told of a patient, and the alias."""

    mrn: str
    level: str
    alias: str

    def as_json(self) -> dict[str, Any]:
        """Return it as the command prints it."""
        return {"mrn": self.mrn, "privacy": self.level, "alias": self.alias or None}


def patient_privacy(
    work: Work, actor: Actor, mrn: str, level: str | None = None, alias: str | None = None
) -> PrivacyView:
    """Return the most that may be told of a patient; set it when ``level`` is given.

    Who asked to be private stays a number whatever is set.

    Raises:
        NotPermitted: the role changes no records.
        PatientUnknown: nobody has this MRN.
        InvalidInput: there is no such step of the ladder, or the alias cannot be shown.
    """
    actor.require("patients.edit")
    patient_id = queries.id_of_mrn(work.db, actor.hospital_id, mrn)
    now = queries.telling(work.db, patient_id) if patient_id is not None else None
    if patient_id is None or now is None:
        raise PatientUnknown(phrase("there is no patient {mrn}", mrn=show(mrn)[:40]), field="mrn")
    before = PrivacyView(
        mrn.strip(), (now.level if now.level is not None else privacy.Level.NAME).word, now.alias
    )
    if level is None and alias is None:
        return before
    wanted = privacy.level_of((level or before.level).strip().lower())
    if wanted is None:
        raise InvalidInput(
            "there is no such step",
            hint=phrase("use one of: {join}", join=", ".join(privacy.WORDS)),
            field="level",
        )
    called = before.alias if alias is None else clean(alias, field="alias", max_length=ALIAS_MAX)
    row = {"patient_id": patient_id, "level": wanted.word, "alias": called}
    work.db.execute(_put(work.db.dialect.name), row)
    work.audit(
        actor, "patients.privacy", "patient", patient_id,
        before={"privacy": before.level}, after={"privacy": wanted.word},
    )  # fmt: skip
    holds = queries.telling(work.db, patient_id)
    word = holds.level.word if holds is not None and holds.level is not None else wanted.word
    return PrivacyView(before.mrn, word, called)


@cache
def _put(dialect: str) -> Any:
    new = import_module(f"sqlalchemy.dialects.{dialect}").insert(_privacy)
    return new.on_conflict_do_update(
        index_elements=["patient_id"],
        set_={"level": new.excluded.level, "alias": new.excluded.alias},
    )
