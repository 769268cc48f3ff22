"""Access tokens that we did not make, or not for this, let nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.infra import sessions
from hms.infra.keys import KeyRing
from hms.infra.sessions import AccessExpired, SessionInvalid

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing("k1", {"k1": KEY})
SESSION = "0123456789abcdef" * 2
CLAIMS: dict[str, Any] = {
    "iss": "hms",
    "aud": "hms.desk",
    "sub": "7",
    "sid": SESSION,
    "jti": "a" * 32,
    "iat": int(NOW.timestamp()),
    "nbf": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 900,
}
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}


def part(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(
    claims: dict[str, Any],
    header: dict[str, Any] = HEADER,
    key: bytes = KEY,
    digest: str = "sha256",
) -> str:
    """Sign by hand, so that nothing a library refuses to make stays untried."""
    body = f"{part(header)}.{part(claims)}"
    return f"{body}.{part(hmac.digest(key, body.encode(), digest))}"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def verify(token: str, now: datetime = NOW, ring: KeyRing = RING) -> sessions.Claims:
    return sessions.verify_access_token(ring, token, now)


def test_a_token_of_ours_says_whose_session_it_is() -> None:
    token, expires = sessions.make_access_token(
        RING, user_id=7, session=SESSION, now=NOW, life=timedelta(minutes=15)
    )
    assert expires == NOW + timedelta(minutes=15)
    assert verify(token) == sessions.Claims(7, SESSION, expires)
    assert verify(signed(CLAIMS)) == sessions.Claims(7, SESSION, expires)
    assert set(jwt.decode(token, options={"verify_signature": False})) == set(sessions.CLAIMS)


def test_no_two_tokens_are_the_same() -> None:
    made = {
        sessions.make_access_token(
            RING, user_id=7, session=SESSION, now=NOW, life=timedelta(minutes=15)
        )[0]
        for _ in range(100)
    }
    assert len(made) == 100


FORGED: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}.",
    "no algorithm, other case": lambda: f"{part({**HEADER, 'alg': 'NoNe'})}.{part(CLAIMS)}.",
    "no algorithm, signed": lambda: signed(CLAIMS, {**HEADER, "alg": "none"}),
    "another algorithm": lambda: signed(CLAIMS, {**HEADER, "alg": "HS512"}, digest="sha512"),
    "an algorithm of pairs": lambda: signed(CLAIMS, {**HEADER, "alg": "RS256"}),
    "another key": lambda: signed(CLAIMS, key=OTHER_KEY),
    "an empty key": lambda: signed(CLAIMS, key=b""),
    "the hash of the key": lambda: signed(CLAIMS, key=hashlib.sha256(KEY).digest()),
    "no signature": lambda: signed(CLAIMS).rpartition(".")[0] + ".",
    "a cut signature": lambda: signed(CLAIMS)[:-3],
    "another payload": lambda: ".".join(
        [part(HEADER), part({**CLAIMS, "sub": "1"}), signed(CLAIMS).split(".")[2]]
    ),
    "an unknown key id": lambda: signed(CLAIMS, {**HEADER, "kid": "k2"}),
    "a key id that is a path": lambda: signed(CLAIMS, {**HEADER, "kid": "../../dev/null"}),
    "a key id that is no text": lambda: signed(CLAIMS, {**HEADER, "kid": ["k1"]}),
    "no key id": lambda: signed(CLAIMS, {"alg": "HS256", "typ": "at+jwt"}),
    "another type": lambda: signed(CLAIMS, {**HEADER, "typ": "JWT"}),
    "the type of a display's token": lambda: signed(CLAIMS, {**HEADER, "typ": "display+jwt"}),
    "no type": lambda: signed(CLAIMS, {"alg": "HS256", "kid": "k1"}),
    "an unknown critical header": lambda: signed(CLAIMS, {**HEADER, "crit": ["x"], "x": 1}),
    "a key of its own": lambda: signed(
        CLAIMS, {**HEADER, "jwk": {"kty": "oct", "k": part(OTHER_KEY)}}, key=OTHER_KEY
    ),
    "another issuer": lambda: signed({**CLAIMS, "iss": "evil"}),
    "another audience": lambda: signed({**CLAIMS, "aud": "hms.display"}),
    "many audiences": lambda: signed({**CLAIMS, "aud": ["hms.desk", "hms.display"]}),
    "a subject that is a number": lambda: signed({**CLAIMS, "sub": 7}),
    "a subject that is no number": lambda: signed({**CLAIMS, "sub": "root"}),
    "a negative subject": lambda: signed({**CLAIMS, "sub": "-1"}),
    "a subject in other digits": lambda: signed({**CLAIMS, "sub": "٧"}),
    "an endless subject": lambda: signed({**CLAIMS, "sub": "9" * 400}),
    "a session that is no text": lambda: signed({**CLAIMS, "sid": {"$ne": ""}}),
    "an id that is no text": lambda: signed({**CLAIMS, "jti": None}),
    "a life without end": lambda: signed({**CLAIMS, "exp": 1e308}),
    "an infinite life": lambda: signed({**CLAIMS, "exp": float("inf")}),
    "a life of a year": lambda: signed({**CLAIMS, "exp": CLAIMS["iat"] + 365 * 86_400}),
    "a life as a text": lambda: signed({**CLAIMS, "exp": str(CLAIMS["exp"])}),
    "a life that is true": lambda: signed({**CLAIMS, "exp": True}),
    "a life with a fraction": lambda: signed({**CLAIMS, "exp": CLAIMS["exp"] + 0.5}),
    "a life that ends before it starts": lambda: signed({**CLAIMS, "iat": CLAIMS["exp"] + 1}),
    "issued tomorrow": lambda: signed(
        {**CLAIMS, "iat": CLAIMS["iat"] + 86_400, "exp": CLAIMS["exp"] + 86_400}
    ),
    "not yet": lambda: signed({**CLAIMS, "nbf": CLAIMS["nbf"] + 600}),
    "nothing": lambda: "",
    "dots": lambda: "..",
    "one part": lambda: "hello",
    "five parts": lambda: signed(CLAIMS) + ".a.b",
    "no JSON": lambda: f"{part(b'{')}.{part(b'[')}.{part(b'x')}",
    "a list": lambda: signed([]),  # type: ignore[arg-type]
    "deep JSON": lambda: f"{part(b'[' * 900)}.{part(b'[' * 900)}.x",
    "a megabyte": lambda: signed({**CLAIMS, "jti": "a" * 1_000_000}),
    "a lone surrogate": lambda: "\ud800.\ud800.\ud800",
    "spaces around": lambda: f" {signed(CLAIMS)} \n",
    "a refresh token": lambda: sessions.new_refresh_token(SESSION),
    **{f"no {name}": lambda name=name: signed(without(name)) for name in CLAIMS},  # type: ignore[misc]
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_or_foreign_token_is_refused(how: str) -> None:
    with pytest.raises(SessionInvalid) as refused:
        verify(FORGED[how]())
    assert "key" not in refused.value.message


@given(st.text(max_size=300))
def test_any_text_is_refused_without_another_error(token: str) -> None:
    with pytest.raises(SessionInvalid):
        verify(token)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_token_with_one_changed_character_is_refused(place: int, with_: int) -> None:
    token = signed(CLAIMS)
    place %= len(token)
    changed = token[:place] + chr(with_) + token[place + 1 :]
    last = place == len(token) - 1  # base64's last character has bits that do not count
    if changed != token and not last:
        with pytest.raises(SessionInvalid):
            verify(changed)


def test_an_expired_token_is_told_apart_so_that_it_can_be_renewed() -> None:
    token = signed(CLAIMS)
    verify(token, NOW + timedelta(seconds=899))
    with pytest.raises(AccessExpired):
        verify(token, NOW + timedelta(seconds=900))


def test_a_second_machine_may_be_a_minute_ahead() -> None:
    token = signed(CLAIMS)
    verify(token, NOW - timedelta(seconds=59))
    with pytest.raises(SessionInvalid):
        verify(token, NOW - timedelta(seconds=61))


def test_after_a_change_of_keys_the_old_key_still_verifies_until_it_is_dropped() -> None:
    token = signed(CLAIMS)
    both = KeyRing("k2", {"k1": KEY, "k2": OTHER_KEY})
    assert verify(token, ring=both).user_id == 7
    with pytest.raises(SessionInvalid):
        verify(token, ring=KeyRing("k2", {"k2": OTHER_KEY}))


def test_a_short_key_neither_signs_nor_verifies() -> None:
    short = KeyRing("k1", {"k1": b"secret"})
    with pytest.raises(SessionInvalid):
        verify(signed(CLAIMS, key=b"secret"), ring=short)


def test_refresh_tokens_are_256_bits_and_kept_as_a_hash() -> None:
    token = sessions.new_refresh_token(SESSION)
    secret = token.partition(".")[2]
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert sessions.session_of(token) == SESSION
    assert sessions.fingerprint(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token != sessions.new_refresh_token(SESSION)


def test_the_successor_of_a_refresh_token_needs_the_token_and_the_key() -> None:
    token = sessions.new_refresh_token(SESSION)
    successor = sessions.next_refresh_token(RING, token)
    assert successor == sessions.next_refresh_token(RING, token)
    assert sessions.session_of(successor) == SESSION
    assert successor != token
    other = sessions.new_refresh_token(SESSION)
    assert successor != sessions.next_refresh_token(RING, other)
    assert successor != sessions.next_refresh_token(KeyRing("k1", {"k1": OTHER_KEY}), token)


@pytest.mark.parametrize("bad", ["", "x.y", SESSION, f"{SESSION}.", f"{SESSION}.{'A' * 42}", "\n"])
def test_what_is_no_refresh_token_names_no_session(bad: str) -> None:
    with pytest.raises(SessionInvalid):
        sessions.session_of(bad)
