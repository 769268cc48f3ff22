"""PyJWT comes without cryptography, and whoever needs cryptography still finds it."""

from __future__ import annotations

import subprocess
import sys


def said(code: str) -> str:
    """Return what a fresh interpreter prints for ``code``."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_session_is_signed_and_verified_without_cryptography() -> None:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime, timedelta\n"
        "from hms.infra import sessions\n"
        "from hms.infra.keys import KeyRing\n"
        "ring, now = KeyRing('k1', {'k1': bytes(32)}), datetime.now(UTC)\n"
        "made, _ = sessions.make_access_token(ring, user_id=7, session='a' * 32, now=now,\n"
        "                                     life=timedelta(minutes=5))\n"
        "verified = sessions.verify_access_token(ring, made, now)\n"
        "print(verified.user_id, 'cryptography' in sys.modules)"
    )
    assert said(code) == "7 False"


def test_drafts_second_factors_and_tls_find_cryptography_afterwards() -> None:
    code = (
        "from hms.infra.hmac_jwt import jwt\n"
        "from cryptography import x509\n"
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
        "key = AESGCM(bytes(32))\n"
        "print(key.decrypt(bytes(12), key.encrypt(bytes(12), b'a draft', None), None).decode())"
    )
    assert said(code) == "a draft"


def test_a_session_takes_no_http_client_and_who_wants_one_finds_it() -> None:
    code = (
        "import sys\n"
        "from hms.infra.hmac_jwt import jwt\n"
        "print('http.client' in sys.modules, 'urllib.request' in sys.modules)\n"
        "from jwt.jwks_client import PyJWKClient\n"
        "print(PyJWKClient.__name__)"
    )
    assert said(code).split() == ["False", "False", "PyJWKClient"]


def test_another_thread_finds_cryptography_meanwhile() -> None:
    code = (
        "import builtins, threading\n"
        "real, found = builtins.__import__, []\n"
        "def elsewhere():\n"
        "    import cryptography\n"
        "    found.append(cryptography.__name__)\n"
        "def importing(name, *rest):\n"
        "    if name == 'jwt':\n"
        "        other = threading.Thread(target=elsewhere)\n"
        "        other.start(); other.join()\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = importing\n"
        "from hms.infra.hmac_jwt import jwt\n"
        "print(*found, jwt.algorithms.has_crypto)"
    )
    # It is there by then, so that PyJWT takes it too: whole, or not at all.
    assert said(code) == "cryptography True"


def test_nothing_is_left_that_finds_modules_otherwise() -> None:
    code = "import sys; before = list(sys.meta_path); import hms.infra.hmac_jwt; "
    assert said(f"{code}print(sys.meta_path == before)") == "True"
