"""Tables that only a sign-in asks: every other command starts without them, 3 ms each."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.infra.tables import Instant


class SignInThrottle(SQLModel, table=True):
    """Failed sign-ins of one account at one terminal since the last right password there.

    The account is kept as a hash of the login name that was typed, because people
    type their password there.
    """

    __tablename__ = "sign_in_throttle"
    __table_args__ = (
        UniqueConstraint("account", "terminal", name="uq_sign_in_throttle_account_terminal"),
        CheckConstraint("failures > 0", name="failures"),
        Index("ix_sign_in_throttle_last_failed_at", "last_failed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(max_length=64)
    terminal: str = Field(default="", max_length=80)
    failures: int
    last_failed_at: datetime = Field(sa_type=Instant)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for the second factor once; kept as a hash."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash", name="uq_recovery_code"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class SecondFactor(SQLModel, table=True):
    """The second factor of a user: the secret of their authenticator, sealed.

    It counts once it is ``confirmed_at``; ``last_step`` is the last time step whose
    code was accepted, no code of that step or an earlier one is accepted again.
    ``short_password`` says that the password was chosen under the rule for accounts
    with a second factor: without the factor it is due for change.
    """

    __tablename__ = "second_factor"
    __table_args__ = (
        UniqueConstraint("user_id", name="uq_second_factor_user"),
        CheckConstraint("last_step IS NULL OR confirmed_at IS NOT NULL", name="used_is_confirmed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    sealed: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    last_step: int | None = Field(default=None)
    short_password: bool = Field(default=False)
