"""Signing in, the lock, changing one's password: who gets in, and who does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.model import DeskSession, UserAccount
from hms.features.staff.model_sign_in import SignInThrottle
from hms.infra import passwords
from hms.infra.passwords import OneTimeSecret, WeakPassword
from hms.infra.sessions import SessionEnded, SignedIn
from hms.infra.tables import Audit, table_of
from hms.infra.uow import Work
from hms.kernel.actor import Role
from hms.kernel.errors import HmsError, InvalidInput, NotSignedIn

PASSWORD = "green tractor over the hill"
NEW_PASSWORD = "blue kettle under the stairs"
WRONG = "red bicycle beside the pond"
HIRE_SECRET = "tahn9-bxezm-xm748-kebw3-za98f"
DESK, ELSEWHERE = "desk-1", "desk-2"
Hire = Callable[..., SignedIn]


def count(app: Application, table: Any, *where: Any) -> int:
    statement = select(func.count()).select_from(table_of(table)).where(*where)
    return app.db.read_now(lambda work: work.db.execute(statement).scalar_one())


def test_the_right_password_opens_a_session_at_this_terminal(app: Application) -> None:
    who = service.sign_in_now(app.db, " Root ", PASSWORD, DESK)
    profile = app.ask_now(who, service.who_am_i)
    assert (profile.name, profile.role, profile.terminal) == ("root", Role.ADMIN, DESK)


@pytest.mark.asyncio
async def test_the_console_signs_in_without_stopping_its_screens(app: Application) -> None:
    who = await service.sign_in(app.db, "root", PASSWORD, DESK)
    assert (await app.ask(who, service.who_am_i)).name == "root"
    await service.confirm_password(app.db, who, PASSWORD)
    with pytest.raises(service.WrongPassword):
        await service.confirm_password(app.db, who, WRONG)
    await service.change_password(app.db, who, PASSWORD, NEW_PASSWORD)
    assert (await service.refresh(app.db, who, DESK)).name == "root"
    await app.close()


def test_wrong_password_unknown_name_and_disabled_user_hear_the_same(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("asha", "nurse")
    app.do_now(root, service.disable_user, "asha")
    said = set()
    for name, password in (("root", WRONG), ("nobody", WRONG), ("asha", PASSWORD)):
        with pytest.raises(service.WrongPassword) as refused:
            service.sign_in_now(app.db, name, password, ELSEWHERE)
        said.add((refused.value.code, refused.value.message, refused.value.hint))
    assert len(said) == 1


def test_an_unknown_name_takes_the_same_steps_as_a_known_one(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    weigh, write_now = passwords.verify, app.db.write_now

    def weighed(password: str, kept: str | None) -> passwords.Verdict:
        steps.append("weigh")
        return weigh(password, kept)

    def written(use_case: Callable[[Work], Any], *, op_id: str | None = None) -> Any:
        steps.append("write")
        return write_now(use_case, op_id=op_id)

    monkeypatch.setattr(passwords, "verify", weighed)
    monkeypatch.setattr(app.db, "write_now", written)
    taken = []
    for name in ("root", "nobody"):
        steps.clear()
        with pytest.raises(service.WrongPassword):
            service.sign_in_now(app.db, name, WRONG, DESK)
        taken.append(list(steps))
    assert taken[0] == taken[1] == ["write", "weigh", "write"]


def test_no_transaction_is_open_while_a_password_is_weighed(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    weigh, reached = passwords.verify, []

    def weighed(password: str, kept: str | None) -> passwords.Verdict:
        app.db.write_now(lambda work: reached.append(work.now))  # the write lock is free
        return weigh(password, kept)

    monkeypatch.setattr(passwords, "verify", weighed)
    service.sign_in_now(app.db, "root", PASSWORD, DESK)
    assert len(reached) == 1


def test_a_one_time_secret_lets_nobody_in_without_a_new_password(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    command = service.AddUser(name="asha", role="nurse")
    app.do_now(root, service.add_user, command, hire_secret)
    with pytest.raises(service.NewPasswordDue):
        service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK)
    with pytest.raises(WeakPassword):
        service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK, "too short")
    with pytest.raises(WeakPassword, match="the old one"):
        service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK, HIRE_SECRET)
    assert count(app, DeskSession, table_of(DeskSession).c.user_id != 1) == 0


def test_a_one_time_secret_works_once(
    app: Application, root: SignedIn, hire_secret: OneTimeSecret
) -> None:
    command = service.AddUser(name="asha", role="nurse")
    app.do_now(root, service.add_user, command, hire_secret)
    service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK, NEW_PASSWORD)
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK, WRONG)
    assert service.sign_in_now(app.db, "asha", NEW_PASSWORD, DESK).name == "asha"


def test_a_new_password_is_not_looked_at_when_none_is_due(app: Application) -> None:
    service.sign_in_now(app.db, "root", PASSWORD, DESK, NEW_PASSWORD)
    assert service.sign_in_now(app.db, "root", PASSWORD, DESK).name == "root"


@pytest.mark.parametrize("bad", ["", "a b", "x" * 10_000, "\x1b[31m", "' OR 1=1", "\ud800"])
def test_what_cannot_be_a_name_is_refused_before_anything_is_counted(
    app: Application, bad: str
) -> None:
    with pytest.raises(InvalidInput):
        service.sign_in_now(app.db, bad, PASSWORD, DESK)
    with pytest.raises((InvalidInput, service.WrongPassword)):
        service.sign_in_now(app.db, "root", bad, DESK)


def test_waits_grow_and_are_not_lengthened_by_trying(app: Application, watch: Any) -> None:
    def wait() -> int | None:
        with pytest.raises(service.TooManyTries) as refused:
            service.sign_in_now(app.db, "root", PASSWORD, DESK)
        return refused.value.seconds

    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            service.sign_in_now(app.db, "root", WRONG, DESK)
    assert [wait(), wait(), wait()] == [1, 1, 1]
    watch.pass_(seconds=1)
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "root", WRONG, DESK)
    assert wait() == 2
    watch.pass_(hours=-1)  # a clock set back does not lengthen it
    assert wait() == 2
    watch.pass_(hours=1, seconds=2)
    assert service.sign_in_now(app.db, "root", PASSWORD, DESK).name == "root"
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "root", WRONG, DESK)  # and begins anew


def test_unknown_names_are_slowed_down_like_known_ones(app: Application) -> None:
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            service.sign_in_now(app.db, "nobody", WRONG, DESK)
    with pytest.raises(service.TooManyTries):
        service.sign_in_now(app.db, "nobody", WRONG, DESK)


def fill_throttle(app: Application, terminals: int, watch: Any, weighed: list[int]) -> None:
    """Guess at many terminals until each of them is closed."""
    for number in range(terminals):
        while True:
            try:
                service.sign_in_now(app.db, "root", WRONG, f"attacker-{number}")
            except service.WrongPassword:
                weighed.append(number)
            except service.TooManyTries as refused:
                if refused.seconds is None:
                    break
                watch.pass_(seconds=refused.seconds)


def test_guessing_ends_and_the_owner_still_signs_in_at_the_first_try(
    app: Application, root: SignedIn, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", cheap_verify())
    weighed: list[int] = []
    fill_throttle(app, 30, watch, weighed)
    assert 80 <= len(weighed) <= 100
    assert service.sign_in_now(app.db, "root", PASSWORD, DESK).name == "root"


def test_the_owner_at_a_new_terminal_gets_in_while_one_terminal_guesses(
    app: Application, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", cheap_verify())
    weighed: list[int] = []
    fill_throttle(app, 1, watch, weighed)
    assert len(weighed) == 80
    assert service.sign_in_now(app.db, "root", PASSWORD, ELSEWHERE).name == "root"


def cheap_verify() -> Callable[[str, str | None], passwords.Verdict]:
    """Weigh passwords without the cost: a hundred hashes take seconds."""

    def verify(password: str, kept: str | None) -> passwords.Verdict:
        return passwords.Verdict(right=kept is not None and password == PASSWORD)

    return verify


def test_an_administrator_unlocks(app: Application, root: SignedIn, hire: Hire) -> None:
    hire("asha", "nurse")
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            service.sign_in_now(app.db, "asha", WRONG, DESK)
    with pytest.raises(service.TooManyTries):
        service.sign_in_now(app.db, "asha", PASSWORD, DESK)
    app.do_now(root, service.unlock_user, "asha")
    assert service.sign_in_now(app.db, "asha", PASSWORD, DESK).name == "asha"


def test_names_that_were_typed_are_not_kept(app: Application) -> None:
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "my-secret-password", WRONG, DESK)
    throttle, audit = table_of(SignInThrottle), table_of(Audit)
    kept = app.db.read_now(
        lambda work: (
            str(work.db.execute(select(throttle)).all()) + str(work.db.execute(select(audit)).all())
        )
    )
    assert "my-secret-password" not in kept


def test_failures_are_audited_with_the_terminal(app: Application) -> None:
    audit = table_of(Audit)
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "root", WRONG, ELSEWHERE)
    refused = select(audit.c.object_id, audit.c.after).where(audit.c.action == "session.refused")
    user_id, after = app.db.read_now(lambda work: work.db.execute(refused).one())
    assert user_id == 1
    assert after["terminal"] == ELSEWHERE


def test_the_lock_opens_to_the_same_person_only_and_counts_wrong_tries(
    app: Application, root: SignedIn
) -> None:
    service.confirm_password_now(app.db, root, PASSWORD)
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            service.confirm_password_now(app.db, root, WRONG)
    with pytest.raises(service.TooManyTries):
        service.confirm_password_now(app.db, root, PASSWORD)


def test_a_changed_password_ends_the_sessions_at_other_terminals(
    app: Application, root: SignedIn
) -> None:
    other = service.sign_in_now(app.db, "root", PASSWORD, ELSEWHERE)
    with pytest.raises(service.WrongPassword):
        service.change_password_now(app.db, root, WRONG, NEW_PASSWORD)
    with pytest.raises(WeakPassword):
        service.change_password_now(app.db, root, PASSWORD, "rootrootrootroot")
    service.change_password_now(app.db, root, PASSWORD, NEW_PASSWORD)
    assert app.ask_now(root, service.who_am_i).name == "root"
    with pytest.raises(SessionEnded):
        app.ask_now(other, service.who_am_i)
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "root", PASSWORD, DESK)


def test_a_password_that_was_reset_while_it_was_weighed_is_wrong(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = table_of(UserAccount)
    weigh = passwords.verify

    def weighed(password: str, kept: str | None) -> passwords.Verdict:
        verdict = weigh(password, kept)
        app.db.write_now(lambda work: work.db.execute(update(user).values(password_hash="other")))
        return verdict

    monkeypatch.setattr(passwords, "verify", weighed)
    with pytest.raises(service.WrongPassword):
        service.sign_in_now(app.db, "root", PASSWORD, DESK)


def test_a_hash_of_lower_costs_is_replaced_at_the_next_sign_in(
    real_hashing: None, app: Application
) -> None:
    from passlib.context import CryptContext

    user = table_of(UserAccount)
    weaker = CryptContext(schemes=["argon2"], argon2__memory_cost=8192, argon2__time_cost=1)
    old = weaker.hash(PASSWORD)
    app.db.write_now(lambda work: work.db.execute(update(user).values(password_hash=old)))
    service.sign_in_now(app.db, "root", PASSWORD, DESK)
    kept = app.db.read_now(lambda work: work.db.scalar(select(user.c.password_hash)))
    assert kept is not None
    assert "m=19456,t=2,p=1" in kept
    assert service.sign_in_now(app.db, "root", PASSWORD, DESK).name == "root"


def test_signing_out_ends_the_session_at_once(app: Application, root: SignedIn) -> None:
    app.do_now(root, service.sign_out)
    with pytest.raises(SessionEnded):
        app.ask_now(root, service.who_am_i)
    with pytest.raises(NotSignedIn):
        service.refresh_now(app.db, root, DESK)


def test_no_error_and_no_repr_shows_a_password_or_token(app: Application, root: SignedIn) -> None:
    for token in (root.access_token, root.refresh_token):
        assert token not in repr(root)
    with pytest.raises(HmsError) as refused:
        service.sign_in_now(app.db, "root", WRONG, DESK)
    assert WRONG not in str(refused.value.as_dict())
