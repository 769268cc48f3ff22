"""Codes of the standard, secrets that open only where they were sealed, an address that fits."""

from __future__ import annotations

import base64
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms.infra import second_factor
from hms.infra.private_file import UnsafeFile
from hms.infra.second_factor import FactorKeyMissing
from hms.infra.settings import DatabaseSettings, Settings

RFC = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'hms.db'}"
    return Settings(database=DatabaseSettings(url=url))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.matching_step(RFC, code, at) == seconds // 30
    assert second_factor.matching_step(RFC, code, at, after=seconds // 30) is None


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_is_not(text: str) -> None:
    step = second_factor.matching_step(RFC, text, AT)
    assert step is None or len(second_factor.typed(text)) == 6
    second_factor.recovery_hash(text)


def test_recovery_codes_are_understood_as_people_type_them() -> None:
    codes = second_factor.new_enrolment("ada", "St. Mary").recovery_codes
    assert len({second_factor.recovery_hash(code) for code in codes}) == 10
    for code in codes:
        same = {code, code.upper(), code.replace("-", ""), f" {code.replace('-', ' ')} "}
        assert len({second_factor.recovery_hash(one) for one in same}) == 1
    assert second_factor.recovery_hash("123456") is None


def test_a_sealed_secret_opens_for_its_user_only(settings: Settings) -> None:
    assert second_factor.create_factor_key(settings)
    assert not second_factor.create_factor_key(settings)
    sealed = second_factor.seal(settings, 7, RFC)
    assert RFC not in sealed
    assert second_factor.seal(settings, 7, RFC) != sealed
    assert second_factor.unseal(settings, 7, sealed) == RFC
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for user_id, text in ((8, sealed), (7, flipped), (7, sealed.partition(":")[0] + ":")):
        with pytest.raises(FactorKeyMissing):
            second_factor.unseal(settings, user_id, text)


def test_the_key_is_private_and_a_missing_damaged_or_other_one_is_told(settings: Settings) -> None:
    before = os.umask(0)
    try:
        second_factor.create_factor_key(settings)
    finally:
        os.umask(before)
    path = second_factor.factor_key_file(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealed = second_factor.seal(settings, 7, RFC)
    path.chmod(0o644)
    with pytest.raises(UnsafeFile, match="read by others"):
        second_factor.unseal(settings, 7, sealed)
    path.chmod(0o600)
    for content in ("", "{}", '{"id": "a", "key": "AAAA"}', '{"id": "a", "key": 7}'):
        path.write_text(content)
        with pytest.raises(FactorKeyMissing):
            second_factor.unseal(settings, 7, sealed)
    path.unlink()
    with pytest.raises(FactorKeyMissing) as missing:
        second_factor.unseal(settings, 7, sealed)
    assert "recovery code" in missing.value.hint
    second_factor.create_factor_key(settings)
    with pytest.raises(FactorKeyMissing, match="another key"):
        second_factor.unseal(settings, 7, sealed)


@pytest.mark.parametrize("login", ["a", "ada", "x" * 64, "आशा", "ж" * 64])
@pytest.mark.parametrize("hospital", ["St. Mary", "सिटी अस्पताल", "H" * 120, "A&B=?#:/"])
def test_the_address_says_what_authenticators_read_and_fits_the_screen(
    login: str, hospital: str
) -> None:
    enrolment = second_factor.new_enrolment(login, hospital)
    address = urlsplit(enrolment.address)
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert asked["secret"] == [enrolment.secret]
    assert asked["issuer"][0] in (hospital, "HMS")
    assert len(enrolment.address) <= second_factor.MAX_ADDRESS
    assert len(base64.b32decode(enrolment.secret)) == 20
    assert enrolment.key_text.replace(" ", "") == enrolment.secret
