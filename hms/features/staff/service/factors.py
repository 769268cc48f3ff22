"""Second factors in the database: offered, confirmed, used, removed; asks nobody's permission."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from hms.features.staff.model import UserAccount
from hms.features.staff.model_sign_in import RecoveryCode, SecondFactor
from hms.infra import second_factor
from hms.infra.second_factor import Enrolment, FactorKeyMissing
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role

_factor = table_of(SecondFactor)
_recovery = table_of(RecoveryCode)
_user = table_of(UserAccount)
_CONFIRMED = select(_factor.c.id).where(
    _factor.c.user_id == bindparam("user_id"), _factor.c.confirmed_at.is_not(None)
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A right code: of a time step, or a recovery code by its hash; ``confirms`` the factor."""

    step: int | None = None
    code_hash: str | None = field(default=None, repr=False)
    confirms: bool = False


def is_asked_of(role: Role, roles: Collection[str]) -> bool:
    """Return whether people of ``role`` must have a second factor."""
    return role.value in roles


def has_confirmed(db: Connection, user_id: int) -> bool:
    """Return whether the user has a second factor that counts."""
    return db.execute(_CONFIRMED, {"user_id": user_id}).first() is not None


def offer(work: Work, user: Row[Any], terminal: str) -> Enrolment:
    """Make a second factor for ``user`` and keep it until a first right code confirms it.

    Raises:
        FactorKeyMissing: the sealing key cannot be used.
    """
    _prepare_key(work)
    enrolment = second_factor.new_enrolment(user.name, work.settings.hospital.name)
    sealed = second_factor.seal(work.settings, user.id, enrolment.secret)
    _forget(work, user.id)
    row = {"user_id": user.id, "sealed": sealed, "created_at": work.now}
    work.db.execute(insert(_factor).values(row))
    hashes = map(second_factor.recovery_hash, enrolment.recovery_codes)
    work.db.execute(
        insert(_recovery), [{"user_id": user.id, "code_hash": code_hash} for code_hash in hashes]
    )
    work.audit(_himself(user, terminal), "second_factor.offer", "user_account", user.id)
    return enrolment


def find_proof(settings: Settings, user: Row[Any], code: str, now: datetime) -> Proof | None:
    """Return what ``code`` proves, None when it is wrong.

    Raises:
        FactorKeyMissing: the sealed secret cannot be opened; recovery codes work without.
    """
    confirmed = user.factor_confirmed_at is not None
    code_hash = second_factor.recovery_hash(code)
    if code_hash is not None:
        return Proof(code_hash=code_hash) if confirmed else None
    secret = second_factor.unseal(settings, user.id, user.factor_sealed)
    step = second_factor.matching_step(secret, code, now, user.factor_last_step)
    return None if step is None else Proof(step=step, confirms=not confirmed)


def use(work: Work, user: Row[Any], proof: Proof, terminal: str) -> bool:
    """Use up the code; return False when another was quicker with the same one."""
    if proof.code_hash is not None:
        return _use_recovery_code(work, user, proof.code_hash, terminal)
    mine = (_factor.c.user_id == user.id) & (_factor.c.sealed == user.factor_sealed)
    if proof.confirms:
        mine &= _factor.c.confirmed_at.is_(None)
        values = {"confirmed_at": work.now, "last_step": proof.step}
        work.audit(_himself(user, terminal), "second_factor.confirm", "user_account", user.id)
    else:
        mine &= _factor.c.confirmed_at.is_not(None)
        mine &= (_factor.c.last_step.is_(None)) | (_factor.c.last_step < proof.step)
        values = {"last_step": proof.step}
    return work.db.execute(update(_factor).where(mine).values(values)).rowcount == 1


def note_password(work: Work, user_id: int, *, short: bool) -> None:
    """Keep in mind whether the password is only good together with the second factor."""
    change = update(_factor).where(_factor.c.user_id == user_id)
    work.db.execute(change.values(short_password=short))


def remove(work: Work, user_id: int) -> bool:
    """Remove the user's second factor; a short password is due for change then.

    Returns:
        Whether there was one that counted.
    """
    found = select(_factor.c.confirmed_at, _factor.c.short_password).where(
        _factor.c.user_id == user_id
    )
    row = work.db.execute(found).first()
    _forget(work, user_id)
    if row is not None and row.short_password:
        change = update(_user).where(_user.c.id == user_id)
        work.db.execute(change.values(must_change=True, version=_user.c.version + 1))
    return row is not None and row.confirmed_at is not None


def recovery_codes_left(db: Connection, user_id: int) -> int:
    """Return how many recovery codes the user has left."""
    unused = (_recovery.c.user_id == user_id) & (_recovery.c.used_at.is_(None))
    return db.scalar(select(func.count()).select_from(_recovery).where(unused)) or 0


def _prepare_key(work: Work) -> None:
    """Make the sealing key with the hospital's first second factor, and only then."""
    if second_factor.factor_key_file(work.settings).exists():
        return
    if work.db.scalar(select(func.count()).select_from(_factor)):
        raise FactorKeyMissing("this machine lacks the key that second factors are sealed with")
    second_factor.create_factor_key(work.settings)


def _use_recovery_code(work: Work, user: Row[Any], code_hash: str, terminal: str) -> bool:
    unused = (
        (_recovery.c.user_id == user.id)
        & (_recovery.c.code_hash == code_hash)
        & (_recovery.c.used_at.is_(None))
    )
    if work.db.execute(update(_recovery).where(unused).values(used_at=work.now)).rowcount != 1:
        return False
    left = {"left": recovery_codes_left(work.db, user.id)}
    work.audit(
        _himself(user, terminal), "second_factor.recovery", "user_account", user.id, after=left
    )
    return True


def _forget(work: Work, user_id: int) -> None:
    work.db.execute(delete(_recovery).where(_recovery.c.user_id == user_id))
    work.db.execute(delete(_factor).where(_factor.c.user_id == user_id))


def _himself(user: Row[Any], terminal: str) -> Actor:
    """Return the user, who is not signed in yet, for the audit."""
    return Actor(
        user_id=user.id,
        name=user.name,
        role=Role(user.role),
        hospital_id=user.hospital_id,
        grants={},
        terminal=terminal,
    )
