"""Sessions end when they should, and what is no token of ours opens nothing (trust.md, T20)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hms.bootstrap import Application, wire
from hms.features.staff import service
from hms.features.staff.rules import EndReason
from hms.infra.keys import create_keys, key_ring
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.sessions import SignedIn
from hms.infra.settings import SecuritySettings
from hms.kernel import clock
from hms.kernel.errors import NotSignedIn
from tests.support import Clock, quick_folder, sqlite_settings

PASSWORD = "green tractor over the hill"
OTHER_PASSWORD = "blue kettle under the stairs"
DESK = "desk 1"
HEADER = {"alg": "HS256", "typ": "at+jwt"}


@dataclass
class Place:
    """A hospital, its administrator, and a nurse who is signed in."""

    app: Application
    watch: Clock
    root: SignedIn
    asha: SignedIn

    def lets_in(self, token: str) -> bool:
        """Return whether ``token`` opens anything."""
        who = replace(self.asha, access_token=token)
        try:
            self.app.ask_now(who, service.who_am_i)
        except NotSignedIn:
            return False
        return True

    @property
    def claims(self) -> dict[str, Any]:
        """Return what the nurse's token says."""
        body = self.asha.access_token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "==="))
        return claims

    def signed(
        self, claims: dict[str, Any] | None = None, *, digest: str = "sha256", **header: Any
    ) -> str:
        """Sign by hand with the hospital's own key: the worst case, a key that leaked."""
        ring = key_ring(self.app.settings)
        head = {**HEADER, "kid": ring.current, **header}
        body = f"{part(head)}.{part(self.claims if claims is None else claims)}"
        return f"{body}.{part(hmac.digest(ring.signing_key, body.encode(), digest))}"

    def but(self, **changed: Any) -> str:
        """Return a token that says something else; None leaves a claim out."""
        claims = {**self.claims, **changed}
        return self.signed({name: value for name, value in claims.items() if value is not None})


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place that no test of this file changes."""
    with made(tmp_path_factory.mktemp("place")) as one:
        yield one


@pytest.fixture
def own_place(tmp_path: Path) -> Iterator[Place]:
    """A place of the test's own."""
    with made(tmp_path) as one:
        yield one


class made:  # noqa: N801 read as a function
    """Make a place in ``folder`` for the block."""

    def __init__(self, folder: Path) -> None:
        self._parts = self._make(folder)

    def __enter__(self) -> Place:
        return next(self._parts)

    def __exit__(self, *_: object) -> None:
        next(self._parts, None)

    def _make(self, folder: Path) -> Iterator[Place]:
        watch = Clock()
        with clock.replaced(watch), quick_folder(folder) as quick:
            app = wire(sqlite_settings(quick / "data" / "hms.db"), create=True)
            create_keys(app.settings)
            service.ensure_first_admin_now(app.db, "root", PASSWORD)
            root = service.sign_in_now(app.db, "root", PASSWORD, DESK)
            secret = OneTimeSecret("once", make_hash("once"))
            signed_in = {}
            for name, role in (("asha", "nurse"), ("ada", "admin")):
                app.do_now(root, service.add_user, service.AddUser(name, role), secret)
                signed_in[name] = service.sign_in_now(app.db, name, "once", DESK, PASSWORD)
            yield Place(app, watch, root, signed_in["asha"])
            app.close_now()


def flipped(token: str, at: int) -> str:
    """Return ``token`` with one bit of its text turned."""
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


MUTATIONS: dict[str, Callable[[Place], str]] = {
    "nothing": lambda p: "",
    "three dots": lambda p: "...",
    "not even text of ours": lambda p: "\ud800\x00" * 8,
    "a megabyte": lambda p: "A" * 1_000_000,
    "alg none": lambda p: f"{part({**HEADER, 'alg': 'none'})}.{part(p.claims)}.",
    "alg NoNe": lambda p: f"{part({**HEADER, 'alg': 'NoNe'})}.{part(p.claims)}.",
    "alg none, signed": lambda p: p.signed(alg="none"),
    "alg HS512": lambda p: p.signed(digest="sha512", alg="HS512"),
    "alg HS384": lambda p: p.signed(digest="sha384", alg="HS384"),
    "alg RS256": lambda p: p.signed(alg="RS256"),
    "alg missing": lambda p: p.signed(alg=None),
    "typ of a plain JWT": lambda p: p.signed(typ="JWT"),
    "typ of a display": lambda p: p.signed(typ="display+jwt"),
    "typ missing": lambda p: p.signed(typ=None),
    "kid of nobody": lambda p: p.signed(kid="00000000"),
    "kid missing": lambda p: p.signed(kid=None),
    "kid a path": lambda p: p.signed(kid="../../keys.json"),
    "kid a list": lambda p: p.signed(kid=["a"]),
    "critical header": lambda p: p.signed(crit=["x"], x=1),
    "another key": lambda p: resigned(p, b"k" * 32),
    "an empty key": lambda p: resigned(p, b""),
    "the hash of the key": lambda p: resigned(p, hashed_key(p)),
    "no signature": lambda p: p.asha.access_token.rpartition(".")[0] + ".",
    "truncated": lambda p: p.asha.access_token[:-4],
    "cut in half": lambda p: p.asha.access_token[: len(p.asha.access_token) // 2],
    "a bit of the header": lambda p: flipped(p.asha.access_token, 5),
    "a bit of the claims": lambda p: flipped(p.asha.access_token, 120),
    "a bit of the signature": lambda p: flipped(p.asha.access_token, -20),
    "claims of another": lambda p: ".".join(
        (p.asha.access_token.split(".")[0], part({**p.claims, "sub": "1"}),
         p.asha.access_token.split(".")[2])
    ),
    "iss of another": lambda p: p.but(iss="evil"),
    "iss missing": lambda p: p.but(iss=None),
    "aud of the display": lambda p: p.but(aud="hms.display"),
    "aud many": lambda p: p.but(aud=["hms.desk", "hms.display"]),
    "aud missing": lambda p: p.but(aud=None),
    "sub another user": lambda p: p.but(sub="1"),
    "sub missing": lambda p: p.but(sub=None),
    "sub a number": lambda p: p.but(sub=2),
    "sub SQL": lambda p: p.but(sub="2 OR 1=1"),
    "sid another session": lambda p: p.but(sid="0" * 32),
    "sid missing": lambda p: p.but(sid=None),
    "sid a wildcard": lambda p: p.but(sid="%"),
    "jti missing": lambda p: p.but(jti=None),
    "exp missing": lambda p: p.but(exp=None),
    "exp 1e308": lambda p: p.but(exp=1e308),
    "exp infinite": lambda p: p.but(exp=float("inf")),
    "exp not a number": lambda p: p.but(exp=float("nan")),
    "exp a text": lambda p: p.but(exp="9999999999"),
    "exp true": lambda p: p.but(exp=True),
    "exp in a year": lambda p: p.but(exp=p.claims["iat"] + 31_536_000),
    "exp in the past": lambda p: p.but(exp=p.claims["iat"] - 1),
    "iat missing": lambda p: p.but(iat=None),
    "iat huge": lambda p: p.but(iat=10**18),
    "iat in the future": lambda p: p.but(iat=p.claims["iat"] + 120, exp=p.claims["exp"] + 120),
    "iat negative": lambda p: p.but(iat=-1),
    "nbf missing": lambda p: p.but(nbf=None),
    "nbf in the future": lambda p: p.but(nbf=p.claims["nbf"] + 120),
    "claims a list": lambda p: p.signed([]),  # type: ignore[arg-type]
    "the refresh token": lambda p: p.asha.refresh_token,
    "the session's own name": lambda p: p.claims["sid"],
}  # fmt: skip


def resigned(place: Place, key: bytes) -> str:
    """Return the nurse's token signed with another key."""
    body = place.asha.access_token.rpartition(".")[0]
    return f"{body}.{part(hmac.digest(key, body.encode(), 'sha256'))}"


def hashed_key(place: Place) -> bytes:
    """Return what somebody who saw a hash of the key might try."""
    return hashlib.sha256(key_ring(place.app.settings).signing_key).digest()


def test_there_are_forty_mutations_and_the_token_itself_is_good(place: Place) -> None:
    """What every mutation differs from opens the door."""
    assert len(MUTATIONS) >= 40
    assert place.lets_in(place.asha.access_token)
    assert place.lets_in(place.signed())


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_token_opens_nothing(place: Place, mutation: str) -> None:
    assert not place.lets_in(MUTATIONS[mutation](place))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(("iss", "aud", "sub", "sid", "exp", "iat", "nbf")), value=JUNK)
def test_whatever_a_claim_says_instead_it_opens_nothing(
    place: Place, name: str, value: Any
) -> None:
    """Signed with the right key; the id of a token (``jti``) may be any text."""
    claims = {**place.claims, name: value}
    if claims != place.claims and not (name == "nbf" and _holds(value, claims)):
        assert not place.lets_in(place.signed(claims))


def _holds(value: Any, claims: dict[str, Any]) -> bool:
    """Return whether an earlier beginning was drawn, which takes nothing away."""
    return type(value) is int and value <= claims["iat"] + 60


# -- what ends a session --------------------------------------------------------------


def end_by_signing_out(place: Place) -> None:
    place.app.do_now(place.asha, service.sign_out)


def end_by_hand(place: Place) -> None:
    place.app.do_now(place.root, service.end_sessions_of_user, "asha")


def disable(place: Place) -> None:
    place.app.do_now(place.root, service.disable_user, "asha")


def reset_password(place: Place) -> None:
    secret = OneTimeSecret("again", make_hash("again"))
    place.app.do_now(place.root, service.reset_user, "asha", secret)


def change_password_elsewhere(place: Place) -> None:
    elsewhere = service.sign_in_now(place.app.db, "asha", PASSWORD, "desk 2")
    service.change_password_now(place.app.db, elsewhere, PASSWORD, OTHER_PASSWORD)


def replace_the_key(place: Place) -> None:
    place.app.do_now(place.root, service.rotate_key, at_once=True)


def restore_a_backup(place: Place) -> None:
    place.app.db.write_now(lambda work: service.end_every_session(work, EndReason.RESTORED))


def let_the_access_token_end(place: Place) -> None:
    place.watch.forward(minutes=15)


def let_the_session_end(place: Place) -> None:
    place.watch.forward(hours=12)


def outlive_the_old_key(place: Place) -> None:
    place.app.do_now(place.root, service.rotate_key)
    place.watch.forward(minutes=16)


def use_a_refresh_token_twice(place: Place) -> None:
    service.refresh_now(place.app.db, place.asha, DESK)
    place.watch.forward(seconds=11)
    with pytest.raises(NotSignedIn):
        service.refresh_now(place.app.db, place.asha, DESK)


def ask_the_role_for_a_second_factor(place: Place) -> None:
    security = SecuritySettings(second_factor_roles=("nurse",))
    place.app.settings = place.app.db.settings = replace(place.app.settings, security=security)


ENDS = (
    end_by_signing_out,
    end_by_hand,
    disable,
    reset_password,
    change_password_elsewhere,
    replace_the_key,
    restore_a_backup,
    let_the_access_token_end,
    let_the_session_end,
    outlive_the_old_key,
    use_a_refresh_token_twice,
    ask_the_role_for_a_second_factor,
)


@pytest.mark.parametrize("end", ENDS)
def test_it_is_over_at_the_very_next_call(own_place: Place, end: Callable[[Place], None]) -> None:
    """The same token that was good a moment ago."""
    assert own_place.lets_in(own_place.asha.access_token)
    end(own_place)
    assert not own_place.lets_in(own_place.asha.access_token)


def test_a_key_that_was_rotated_away_signs_nothing_new(own_place: Place) -> None:
    """Whoever has the old key: believed while sessions need it, refused afterwards."""
    app, watch = own_place.app, own_place.watch
    old = key_ring(app.settings).current
    secret = key_ring(app.settings).signing_key
    app.do_now(own_place.root, service.rotate_key)

    def signed_with_the_old_key() -> str:
        now = int(watch().timestamp())
        claims = {**own_place.claims, "iat": now, "nbf": now, "exp": now + 600}
        body = f"{part({**HEADER, 'kid': old})}.{part(claims)}"
        return f"{body}.{part(hmac.digest(secret, body.encode(), 'sha256'))}"

    watch.forward(minutes=15)
    assert own_place.lets_in(signed_with_the_old_key())
    watch.forward(minutes=1)
    assert old in key_ring(app.settings).keys  # not dropped yet, and refused all the same
    assert not own_place.lets_in(signed_with_the_old_key())


def test_another_role_holds_at_the_very_next_call(own_place: Place) -> None:
    """What the old role allowed is refused, what the new one allows is done."""
    app, root = own_place.app, own_place.root
    ada = service.sign_in_now(app.db, "ada", PASSWORD, "desk 3")
    assert app.ask_now(ada, service.list_users)
    app.do_now(root, service.set_role, "ada", "nurse")
    with pytest.raises(Exception, match="does not allow"):
        app.ask_now(ada, service.list_users)
    app.do_now(root, service.set_role, "ada", "manager")
    assert app.ask_now(ada, service.list_users)
