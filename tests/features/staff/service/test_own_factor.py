"""The second factor: asked for after the password, confirmed by a first code, used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.model import UserAccount
from hms.features.staff.model_sign_in import RecoveryCode, SecondFactor
from hms.infra import passwords, second_factor
from hms.infra.keys import rotate_keys
from hms.infra.passwords import WeakPassword
from hms.infra.second_factor import Enrolment, FactorKeyMissing, factor_key_file
from hms.infra.sessions import SignedIn
from hms.infra.settings import SecuritySettings
from hms.infra.tables import Audit, table_of
from hms.kernel import clock
from hms.kernel.errors import HmsError, NotPermitted

PASSWORD = "green tractor over the hill"
HIRE_SECRET = "tahn9-bxezm-xm748-kebw3-za98f"
SHORT = "kx7 rvm2"
DESK, ELSEWHERE = "desk-1", "desk-2"
Hire = Callable[..., SignedIn]


def code_of(enrolment: Enrolment, steps: int = 0) -> str:
    """Return what the authenticator shows now, or so many half minutes later."""
    return pyotp.TOTP(enrolment.secret).at(int(clock.now().timestamp()) + 30 * steps)


@pytest.fixture
def asha(hire: Hire) -> SignedIn:
    """A nurse, signed in."""
    return hire("asha", "nurse")


@pytest.fixture
def factor(app: Application, asha: SignedIn, watch: Any) -> Enrolment:
    """Her second factor, confirmed a minute ago."""
    enrolment = service.offer_second_factor_now(app.db, asha, PASSWORD)
    service.confirm_second_factor_now(app.db, asha, code_of(enrolment))
    watch.pass_(minutes=1)
    return enrolment


def sign_in(app: Application, code: str | None = None, place: str = DESK) -> SignedIn:
    return service.sign_in_now(app.db, "asha", PASSWORD, place, None, code)


def actions(app: Application) -> list[str]:
    statement = select(table_of(Audit).c.action).order_by(table_of(Audit).c.id)
    return app.db.read_now(lambda work: list(work.db.scalars(statement)))


def everything_kept(app: Application) -> str:
    """Return all that the database file holds, as text."""
    path = app.settings.database_file
    assert path is not None
    app.db.write_now(lambda work: None)
    files = [path, path.with_name(path.name + "-wal")]
    return "".join(f.read_bytes().decode("latin-1") for f in files if f.exists())


def test_what_was_offered_counts_only_after_a_first_right_code(
    app: Application, asha: SignedIn
) -> None:
    enrolment = service.offer_second_factor_now(app.db, asha, PASSWORD)
    assert sign_in(app).name == "asha"
    with pytest.raises(service.WrongCode):
        service.confirm_second_factor_now(app.db, asha, "000000")
    assert not app.ask_now(asha, service.second_factor_status).enrolled
    service.confirm_second_factor_now(app.db, asha, code_of(enrolment))
    status = app.ask_now(asha, service.second_factor_status)
    assert (status.enrolled, status.recovery_codes_left) == (True, 10)
    with pytest.raises(service.CodeDue):
        sign_in(app)


def test_setting_up_asks_for_the_password_and_one_factor_is_enough(
    app: Application, asha: SignedIn, factor: Enrolment
) -> None:
    with pytest.raises(service.FactorThere):
        service.offer_second_factor_now(app.db, asha, PASSWORD)
    with pytest.raises(service.FactorThere):
        service.confirm_second_factor_now(app.db, asha, code_of(factor))
    with pytest.raises(service.WrongPassword):
        service.remove_second_factor_now(app.db, asha, "not the password at all")
    service.remove_second_factor_now(app.db, asha, PASSWORD, code_of(factor, 1))
    with pytest.raises(service.NoFactor):
        service.remove_second_factor_now(app.db, asha, PASSWORD)
    with pytest.raises(service.NoFactor):
        service.confirm_second_factor_now(app.db, asha, "123456")
    with pytest.raises(service.WrongPassword):
        service.offer_second_factor_now(app.db, asha, "not the password at all")
    assert sign_in(app).name == "asha"


def test_who_only_knows_the_password_does_not_remove_the_factor(
    app: Application, asha: SignedIn, factor: Enrolment
) -> None:
    """The lock opens by the password alone; from there the factor must not go."""
    with pytest.raises(service.CodeDue):
        service.remove_second_factor_now(app.db, asha, PASSWORD)
    with pytest.raises(service.WrongCode):
        service.remove_second_factor_now(app.db, asha, PASSWORD, "000000")
    assert app.ask_now(asha, service.second_factor_status).enrolled


def test_a_factor_that_is_set_up_while_a_password_is_weighed_counts_already(
    app: Application, asha: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither does the password alone open a session then, nor is the factor replaced."""
    enrolment = service.offer_second_factor_now(app.db, asha, PASSWORD)
    weighed = passwords.verify
    meanwhile = [lambda: service.confirm_second_factor_now(app.db, asha, code_of(enrolment))]

    def slow(password: str, kept: str | None) -> Any:
        while meanwhile:
            meanwhile.pop()()
        return weighed(password, kept)

    monkeypatch.setattr(passwords, "verify", slow)
    with pytest.raises(service.WrongCode):
        sign_in(app)
    with pytest.raises(service.CodeDue):
        sign_in(app)
    assert app.ask_now(asha, service.second_factor_status).recovery_codes_left == 10


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_telephone_half_a_minute_off_is_understood(
    app: Application, factor: Enrolment, steps: int
) -> None:
    assert sign_in(app, code_of(factor, steps)).name == "asha"


@pytest.mark.parametrize("steps", [-3, -2, 2, 3, 2880])
def test_a_code_of_another_time_is_refused(
    app: Application, factor: Enrolment, watch: Any, steps: int
) -> None:
    watch.pass_(minutes=10)
    with pytest.raises(service.WrongCode):
        sign_in(app, code_of(factor, steps))


def test_a_code_is_taken_once_and_no_older_one_after_it(
    app: Application, factor: Enrolment
) -> None:
    older, present = code_of(factor, -1), code_of(factor)
    assert sign_in(app, present).name == "asha"
    for again in (present, older, f" {present[:3]} {present[3:]} "):
        with pytest.raises(service.WrongCode):
            sign_in(app, again, ELSEWHERE)
    assert sign_in(app, code_of(factor, 1), ELSEWHERE).name == "asha"


@pytest.mark.parametrize(
    "typed",
    ["", "0", "12345", "1234567", "abcdef", "½½½½½½", "' OR 1=1", "\x1b[31m", "9" * 9999, "\ud800"],
)
def test_what_is_no_code_is_refused_as_a_wrong_one(
    app: Application, factor: Enrolment, typed: str
) -> None:
    with pytest.raises(service.WrongCode):
        sign_in(app, typed)


def test_digits_of_another_keyboard_are_digits(app: Application, factor: Enrolment) -> None:
    typed = code_of(factor).translate({ord("0") + n: 0x0966 + n for n in range(10)})
    assert sign_in(app, typed).name == "asha"


def test_the_code_is_not_even_looked_at_before_the_password_is_right(
    app: Application, factor: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a code was weighed")

    monkeypatch.setattr(second_factor, "matching_step", never)
    said = set()
    for name, password in (("asha", "another password here"), ("nobody", PASSWORD)):
        with pytest.raises(service.WrongPassword) as refused:
            service.sign_in_now(app.db, name, password, DESK, None, code_of(factor))
        said.add((refused.value.code, refused.value.message))
    assert len(said) == 1


def test_wrong_codes_wait_like_wrong_passwords_and_the_password_alone_forgives_none(
    app: Application, factor: Enrolment, watch: Any
) -> None:
    for _ in range(5):
        with pytest.raises(service.CodeDue):
            sign_in(app)
        with pytest.raises(service.WrongCode):
            sign_in(app, "000000")
    with pytest.raises(service.TooManyTries) as waiting:
        sign_in(app, code_of(factor))
    assert waiting.value.seconds == 1
    watch.pass_(seconds=2)
    with pytest.raises(service.CodeDue):  # asking for the code begins no wait of its own
        sign_in(app)
    assert sign_in(app, code_of(factor)).name == "asha"


def test_a_right_password_whose_code_does_not_come_is_in_the_audit(
    app: Application, factor: Enrolment, watch: Any
) -> None:
    """It is all that is seen of somebody who has the password alone; once a minute and place."""

    def noted() -> list[str]:
        table = table_of(Audit)
        statement = select(table.c.after).where(table.c.action == "session.code_due")
        found = app.db.read_now(lambda work: list(work.db.scalars(statement)))
        return [row["terminal"] for row in found]

    for place in (DESK, DESK, ELSEWHERE, DESK):
        with pytest.raises(service.CodeDue):
            sign_in(app, place=place)
    assert noted() == [DESK, ELSEWHERE]
    sign_in(app, code_of(factor))
    assert noted() == [DESK, ELSEWHERE]
    watch.pass_(minutes=1)
    with pytest.raises(service.CodeDue):
        sign_in(app)
    assert noted() == [DESK, ELSEWHERE, DESK]


def test_whoever_knows_the_password_cannot_try_codes_without_an_end(
    app: Application, factor: Enrolment, watch: Any
) -> None:
    for tried in range(101):
        watch.pass_(minutes=6)
        with pytest.raises((service.WrongCode, service.TooManyTries)) as refused:
            sign_in(app, "000000", ELSEWHERE)
        if isinstance(refused.value, service.TooManyTries):
            assert refused.value.seconds is None
            assert tried <= 100
            break
    else:
        pytest.fail("codes could be tried without an end")
    assert sign_in(app, code_of(factor), DESK).name == "asha"  # her own place stays open


def test_a_recovery_code_works_once_in_place_of_the_telephone(
    app: Application, factor: Enrolment
) -> None:
    assert len(set(factor.recovery_codes)) == 10
    first, second = factor.recovery_codes[:2]
    who = sign_in(app, f" {first.upper()} ")
    with pytest.raises(service.WrongCode):
        sign_in(app, first)
    assert sign_in(app, second.replace("-", "")).name == "asha"
    assert app.ask_now(who, service.second_factor_status).recovery_codes_left == 8
    assert actions(app).count("second_factor.recovery") == 2


def test_no_recovery_code_confirms_a_factor(app: Application, asha: SignedIn) -> None:
    enrolment = service.offer_second_factor_now(app.db, asha, PASSWORD)
    with pytest.raises(service.WrongCode):
        service.confirm_second_factor_now(app.db, asha, enrolment.recovery_codes[0])


@pytest.mark.sqlite
def test_neither_secret_nor_codes_lie_open_in_the_database(
    app: Application, factor: Enrolment
) -> None:
    kept = everything_kept(app)
    assert factor.secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in factor.recovery_codes)
    assert factor.secret not in repr(factor)


def test_a_sealed_secret_opens_in_its_own_row_only(
    app: Application, asha: SignedIn, factor: Enrolment, hire: Hire
) -> None:
    hire("bo", "nurse")
    theirs = service.sign_in_now(app.db, "bo", PASSWORD, DESK)
    own = service.offer_second_factor_now(app.db, theirs, PASSWORD)
    table, user = table_of(SecondFactor), table_of(UserAccount)
    id_of = dict(
        app.db.read_now(lambda w: [tuple(r) for r in w.db.execute(select(user.c.name, user.c.id))])
    )
    sealed = select(table.c.sealed).where(table.c.user_id == id_of["bo"])

    def swap(work: Any) -> None:
        work.db.execute(
            update(table)
            .where(table.c.user_id == id_of["asha"])
            .values(sealed=work.db.scalar(sealed))
        )

    app.db.write_now(swap)
    with pytest.raises(FactorKeyMissing, match="altered"):
        sign_in(app, code_of(own))


def test_rotating_the_signing_keys_locks_nobody_out(
    app: Application, factor: Enrolment, watch: Any
) -> None:
    for _ in range(3):
        rotate_keys(app.settings, clock.now(), clock.now() - clock.now(), at_once=True)
        watch.pass_(minutes=1)
        assert sign_in(app, code_of(factor)).name == "asha"


def test_a_lost_sealing_key_says_so_and_a_recovery_code_still_works(
    app: Application, asha: SignedIn, factor: Enrolment, hire: Hire
) -> None:
    factor_key_file(app.settings).unlink()
    with pytest.raises(FactorKeyMissing) as refused:
        sign_in(app, code_of(factor))
    assert "recovery code" in refused.value.hint
    assert sign_in(app, factor.recovery_codes[0]).name == "asha"
    bo = hire("bo", "nurse", ELSEWHERE)
    with pytest.raises(FactorKeyMissing):  # no second key beside the one that is elsewhere
        service.offer_second_factor_now(app.db, bo, PASSWORD)
    assert not factor_key_file(app.settings).exists()


def test_an_administrator_removes_a_lost_factor_and_never_sees_it(
    app: Application, root: SignedIn, asha: SignedIn, factor: Enrolment, hire: Hire
) -> None:
    mara = hire("mara", "manager")
    ada = hire("ada", "admin")
    own = service.offer_second_factor_now(app.db, ada, PASSWORD)
    service.confirm_second_factor_now(app.db, ada, code_of(own))
    with pytest.raises(NotPermitted):
        app.do_now(asha, service.take_second_factor, "ada")
    with pytest.raises(NotPermitted):
        app.do_now(mara, service.take_second_factor, "ada")
    with pytest.raises(service.NotYourself):
        app.do_now(ada, service.take_second_factor, "ada")
    user = app.do_now(mara, service.take_second_factor, "asha")
    assert (user.name, user.second_factor) == ("asha", False)
    assert sign_in(app).name == "asha"
    with pytest.raises(service.NoFactor):
        app.do_now(root, service.take_second_factor, "asha")
    assert "second_factor.take" in actions(app)


def test_with_a_second_factor_eight_characters_are_enough_and_without_it_no_more(
    app: Application, root: SignedIn, asha: SignedIn, factor: Enrolment, watch: Any
) -> None:
    with pytest.raises(WeakPassword):
        service.change_password_now(app.db, asha, PASSWORD, SHORT[:7])
    service.change_password_now(app.db, asha, PASSWORD, SHORT)
    assert service.sign_in_now(app.db, "asha", SHORT, DESK, None, code_of(factor)).name == "asha"
    app.do_now(root, service.take_second_factor, "asha")
    with pytest.raises(service.NewPasswordDue):
        app.ask_now(asha, service.who_am_i)
    with pytest.raises(service.NewPasswordDue):
        service.sign_in_now(app.db, "asha", SHORT, DESK)
    with pytest.raises(WeakPassword):
        service.sign_in_now(app.db, "asha", SHORT, DESK, "kx7 rvm3")
    assert service.sign_in_now(app.db, "asha", SHORT, DESK, PASSWORD).name == "asha"


def test_a_long_password_stays_when_the_factor_goes(
    app: Application, asha: SignedIn, factor: Enrolment
) -> None:
    service.change_password_now(app.db, asha, PASSWORD, SHORT)
    service.change_password_now(app.db, asha, SHORT, "blue kettle under the stairs")
    password, code = "blue kettle under the stairs", factor.recovery_codes[0]
    service.remove_second_factor_now(app.db, asha, password, code)
    assert app.ask_now(asha, service.who_am_i).name == "asha"


def test_without_a_factor_a_short_password_is_refused(app: Application, asha: SignedIn) -> None:
    service.offer_second_factor_now(app.db, asha, PASSWORD)  # offered is not confirmed
    with pytest.raises(WeakPassword, match="15 are needed"):
        service.change_password_now(app.db, asha, PASSWORD, SHORT)


# -- asked of a role ------------------------------------------------------------


@pytest.fixture
def asked(app: Application) -> None:
    """Second factors are asked of administrators and nurses from now on."""
    security = SecuritySettings(second_factor_roles=("admin", "nurse"))
    app.settings = replace(app.settings, security=security)
    app.db.settings = app.settings


def test_nobody_of_such_a_role_does_anything_before_they_set_it_up(
    app: Application, asha: SignedIn, asked: None
) -> None:
    for use_case in (service.who_am_i, service.list_rooms, service.second_factor_status):
        with pytest.raises(service.FactorDue):
            app.ask_now(asha, use_case)
    with pytest.raises(service.FactorDue):
        service.change_password_now(app.db, asha, PASSWORD, "blue kettle under the stairs")
    open_before = app.db.read_now(lambda w: w.db.scalar(_OPEN))
    with pytest.raises(service.FactorDue) as due:
        sign_in(app)
    assert app.db.read_now(lambda w: w.db.scalar(_OPEN)) == open_before  # no session came of it
    assert due.value.enrolment is not None
    assert due.value.enrolment.secret not in str(due.value.as_dict())
    with pytest.raises(service.WrongCode):
        sign_in(app, "000000")
    who = sign_in(app, code_of(due.value.enrolment))
    assert app.ask_now(who, service.second_factor_status).asked_of_role
    assert app.ask_now(asha, service.who_am_i).name == "asha"  # the older session goes on


def test_the_last_one_offered_is_the_one_that_counts(
    app: Application, asha: SignedIn, asked: None
) -> None:
    offers = []
    for _ in range(2):
        with pytest.raises(service.FactorDue) as due:
            sign_in(app)
        offers.append(due.value.enrolment)
    first, second = offers
    assert first is not None
    assert second is not None
    with pytest.raises(service.WrongCode):
        sign_in(app, code_of(first))
    assert sign_in(app, code_of(second)).name == "asha"


def test_a_new_colleague_chooses_a_password_then_sets_up_the_factor_in_one_sign_in(
    app: Application, root: SignedIn, hire_secret: Any
) -> None:
    app.do_now(root, service.add_user, service.AddUser("asha", "nurse"), hire_secret)
    security = SecuritySettings(second_factor_roles=("nurse",))
    app.settings = app.db.settings = replace(app.settings, security=security)

    def attempt(new: str | None, code: str | None = None) -> SignedIn:
        return service.sign_in_now(app.db, "asha", HIRE_SECRET, DESK, new, code)

    with pytest.raises(service.NewPasswordDue):
        attempt(None)
    with pytest.raises(WeakPassword):
        attempt(SHORT)
    with pytest.raises(service.FactorDue) as due:
        attempt(PASSWORD)
    assert due.value.enrolment is not None
    assert attempt(PASSWORD, code_of(due.value.enrolment)).name == "asha"
    with pytest.raises(service.CodeDue):
        sign_in(app)


def test_who_gets_such_a_role_is_stopped_at_the_next_step(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    bo = hire("bo", "receptionist", ELSEWHERE)
    security = SecuritySettings(second_factor_roles=("nurse",))
    app.settings = app.db.settings = replace(app.settings, security=security)
    assert app.ask_now(bo, service.who_am_i).name == "bo"
    app.do_now(root, service.set_role, "bo", "nurse")
    with pytest.raises(service.FactorDue):
        app.ask_now(bo, service.who_am_i)


@pytest.mark.asyncio
async def test_the_console_does_it_without_stopping_its_screens(
    app: Application, asha: SignedIn
) -> None:
    enrolment = await service.offer_second_factor(app.db, asha, PASSWORD)
    await service.confirm_second_factor(app.db, asha, code_of(enrolment))
    with pytest.raises(HmsError):
        await service.sign_in(app.db, "asha", PASSWORD, DESK)
    await service.remove_second_factor(app.db, asha, PASSWORD, code_of(enrolment, 1))
    assert (await service.sign_in(app.db, "asha", PASSWORD, DESK)).name == "asha"
    kept = select(table_of(RecoveryCode).c.id)
    assert await app.db.read(lambda work: work.db.scalars(kept).all()) == []
    await app.close()


def _open() -> Any:
    from sqlalchemy import func

    from hms.features.staff.model import DeskSession

    table = table_of(DeskSession)
    return select(func.count()).select_from(table).where(table.c.ended_at.is_(None))


_OPEN = _open()


def test_two_desks_with_the_same_code_at_the_same_moment_are_one_too_many(
    app: Application, factor: Enrolment
) -> None:
    from hms.features.staff.service.access import _signing_in

    code = code_of(factor)
    steps = [_signing_in(app.db, "asha", PASSWORD, f"desk {n}", None, code) for n in "12"]
    tries = [app.db.write_now(one.count) for one in steps]
    weighed = [one.weigh(attempt) for one, attempt in zip(steps, tries, strict=True)]
    assert all(one.right and one.proof is not None for one in weighed)  # both were good then

    def settle(n: int) -> Any:
        return app.db.write_now(lambda work: steps[n].settle(work, tries[n], weighed[n]))

    assert isinstance(settle(0), SignedIn)
    assert isinstance(settle(1), service.WrongCode)
