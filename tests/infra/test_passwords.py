"""What may become a password, and how it is kept."""

from __future__ import annotations

import asyncio
import threading
import unicodedata

import pytest

from hms.infra import passwords
from hms.kernel.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("real_hashing")


@pytest.mark.parametrize(
    "good",
    [
        "four unrelated quiet words",
        "ein langes Lied über Äpfel",
        "लंबा पासवर्ड अस्पताल में",
        "Zx81!spectrum-green",
        "x7Kq" * 3 + " then more",
        "passwort ist nicht alles",
    ],
)
def test_long_passwords_in_any_script_are_taken(good: str) -> None:
    assert passwords.check_new(good) == unicodedata.normalize("NFC", good)


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short one here",
        "passwordpassword",
        "PasswordPassword1",
        "P@ssw0rd20242024!",
        "administrator123",
        "welcome-123456789",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "qwertyuiopasdfghjkl",
        "qwertyuiop123456789",
        "thequickbrownfox",
    ],
)
def test_what_anybody_tries_first_is_refused_with_the_reason(weak: str) -> None:
    with pytest.raises(passwords.WeakPassword) as refused:
        passwords.check_new(weak)
    assert refused.value.field == "password"
    assert refused.value.message


def test_the_hospitals_and_the_persons_own_words_do_not_make_a_password() -> None:
    own = ("St. Mary Hospital", "priya.sharma", "Priya Sharma")
    for weak in ("St Mary Hospital 2026", "priya.sharma-1984", "hospital-priya-99!"):
        with pytest.raises(passwords.WeakPassword, match="others know"):
            passwords.check_new(weak, own)
    assert passwords.check_new("priya rides a green tractor", own)


def test_128_characters_are_allowed_and_nothing_is_cut_off() -> None:
    long = "".join(chr(0x4E00 + i) for i in range(128))
    kept = passwords.make_hash(passwords.check_new(long))
    assert passwords.verify(long, kept).right
    assert not passwords.verify(long[:-1], kept).right


@pytest.mark.parametrize("bad", ["x" * 10_000, "\ud800" * 16, "bell\x07" * 4, "null\x00" * 4])
def test_what_is_no_text_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.check_new(bad)


def test_the_same_password_typed_on_another_keyboard_is_right() -> None:
    kept = passwords.make_hash("Äpfel und Birnen im Korb")
    assert passwords.verify(unicodedata.normalize("NFD", "Äpfel und Birnen im Korb"), kept).right


def test_hashes_are_argon2id_with_at_least_the_costs_of_owasp() -> None:
    kept = passwords.make_hash("four unrelated quiet words")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    verdict = passwords.verify("four unrelated quiet words", kept)
    assert verdict == passwords.Verdict(right=True, new_hash=None)


def test_a_hash_of_lower_costs_is_made_anew_when_the_password_is_right() -> None:
    from passlib.context import CryptContext

    weaker = CryptContext(schemes=["argon2"], argon2__memory_cost=8192, argon2__time_cost=1)
    kept = weaker.hash("four unrelated quiet words")
    verdict = passwords.verify("four unrelated quiet words", kept)
    assert verdict.right
    assert verdict.new_hash
    assert "m=19456,t=2" in verdict.new_hash
    assert passwords.verify("another one entirely", kept).new_hash is None


def test_an_unknown_name_costs_the_same_hashing_and_is_never_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = passwords._context()
    asked: list[str] = []

    def count(secret: str, kept: str) -> object:
        asked.append(kept)
        return type(context).verify_and_update(context, secret, kept)

    monkeypatch.setattr(context, "verify_and_update", count)
    real = passwords.make_hash("four unrelated quiet words")
    passwords.verify("four unrelated quiet words", real)
    assert not passwords.verify("four unrelated quiet words", None).right
    costs = [kept.split("$")[:4] for kept in asked]
    assert len(costs) == 2
    assert costs[0] == costs[1]


def test_one_time_secrets_differ_pass_the_rules_and_never_show_themselves() -> None:
    first, second = passwords.one_time_secret(), passwords.one_time_secret()
    assert first.text != second.text
    assert passwords.check_new(first.text) == first.text
    assert passwords.verify(first.text, first.hash).right
    assert first.text not in repr(first)


@pytest.mark.asyncio
async def test_hashing_leaves_the_event_loop_free_and_never_runs_three_at_once() -> None:
    lock = threading.Lock()
    running = peak = 0

    def work() -> str:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        kept = passwords.make_hash("four unrelated quiet words")
        with lock:
            running -= 1
        return kept

    ticks = 0
    done = asyncio.gather(*(passwords.off_loop(work) for _ in range(6)))
    while not done.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert len(set(await done)) == 6
    assert peak <= passwords.AT_ONCE
    assert ticks > 5
