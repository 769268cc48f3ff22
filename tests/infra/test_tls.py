"""TLS of the display server: a certificate that cannot do is refused with what to do."""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from hms.infra import tls
from hms.infra.settings import DisplaySettings, Settings
from hms.infra.tls import CertificateUnusable
from hms.kernel import clock
from kiosk_display.door import Door, through
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.screen import hello
from tests.support import hospital_at, sqlite_settings

NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)


def write_key(path: Path, password: bytes | None = None) -> ec.EllipticCurvePrivateKey:
    """Write a new private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    locked = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, pkcs8, locked))
    path.chmod(0o600)
    return key


def write_certificate(
    path: Path, key: ec.EllipticCurvePrivateKey, *, begins: datetime, days: float
) -> None:
    """Write a certificate of ``key`` for 127.0.0.1."""
    import ipaddress

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wall")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a good certificate for 90 days in the data directory."""
    key = write_key(tmp_path / "wall.key")
    write_certificate(tmp_path / "wall.crt", key, begins=NOW - timedelta(days=1), days=91)
    display = DisplaySettings(certificate="wall.crt", key="wall.key")
    return sqlite_settings(tmp_path / "hms.db", display=display)


def refused(settings: Settings) -> str:
    """Return the sentence with which the settings are refused."""
    with clock.replaced(lambda: NOW), pytest.raises(CertificateUnusable) as error:
        tls.server_context(settings)
    assert error.value.hint
    return error.value.message


def test_without_certificate_there_is_no_tls(settings: Settings) -> None:
    assert tls.server_context(replace(settings, display=DisplaySettings())) is None
    assert tls.days_left(replace(settings, display=DisplaySettings())) is None


def test_a_good_certificate_is_taken_and_its_days_are_counted(settings: Settings) -> None:
    with clock.replaced(lambda: NOW):
        context = tls.server_context(settings)
        assert context is not None
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert tls.days_left(settings) == 90


def test_one_without_the_other_is_refused(settings: Settings) -> None:
    only = DisplaySettings(certificate="wall.crt")
    assert "key is missing" in refused(replace(settings, display=only))
    only = DisplaySettings(key="wall.key")
    assert "certificate is missing" in refused(replace(settings, display=only))


def test_a_key_of_another_certificate_is_refused(settings: Settings) -> None:
    write_key(settings.data_dir / "wall.key")
    assert "does not belong" in refused(settings)


@pytest.mark.parametrize(("begins", "word"), [(-100, "has expired"), (5, "is not valid yet")])
def test_a_certificate_of_another_time_is_refused(
    settings: Settings, begins: int, word: str
) -> None:
    key = write_key(settings.data_dir / "wall.key")
    start = NOW + timedelta(days=begins)
    write_certificate(settings.data_dir / "wall.crt", key, begins=start, days=30)
    assert word in refused(settings)


def test_a_key_that_others_may_read_is_refused_with_the_chmod(settings: Settings) -> None:
    (settings.data_dir / "wall.key").chmod(0o640)
    with clock.replaced(lambda: NOW), pytest.raises(CertificateUnusable) as error:
        tls.server_context(settings)
    assert error.value.hint.startswith("chmod 600 ")


@pytest.mark.parametrize("name", ["wall.crt", "wall.key"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"\xff" * 5000])
def test_a_file_that_is_none_is_refused(
    settings: Settings, name: str, content: bytes | None
) -> None:
    path = settings.data_dir / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert str(path) in refused(settings)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(settings: Settings) -> None:
    key = write_key(settings.data_dir / "wall.key", b"secret")
    begins = NOW - timedelta(days=1)
    write_certificate(settings.data_dir / "wall.crt", key, begins=begins, days=9)
    assert "cannot be used" in refused(settings)


@pytest.mark.asyncio
async def test_page_and_socket_speak_tls_on_the_same_port(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "data" / "hms.db") as hospital:
        folder = hospital.settings.data_dir
        key = write_key(folder / "wall.key")
        begins = datetime.now(UTC) - timedelta(days=1)
        with clock.replaced(lambda: datetime.now(UTC)):
            write_certificate(folder / "wall.crt", key, begins=begins, days=9)
            display = DisplaySettings(certificate="wall.crt", key="wall.key")
            trust = ssl.create_default_context(cafile=str(folder / "wall.crt"))
            async with wall(replace(hospital.settings, display=display)) as served:
                address = f"https://127.0.0.1:{served.port}/"

                def page() -> bytes:
                    with urllib.request.urlopen(address, context=trust, timeout=10) as answer:
                        return bytes(answer.read())

                assert b"<title>" in await asyncio.to_thread(page)
                socket = f"wss://127.0.0.1:{served.port}/ws"
                async with connect(socket, ssl=trust, compression=None) as connection:
                    await hello(connection)
                    assert "SNAPSHOT" in str(await connection.recv())


@pytest.mark.asyncio
async def test_a_handshake_that_never_ends_is_counted_at_the_door_and_closed(
    tmp_path: Path,
) -> None:
    key = write_key(tmp_path / "wall.key")
    write_certificate(
        tmp_path / "wall.crt", key, begins=datetime.now(UTC) - timedelta(days=1), days=9
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "wall.crt", tmp_path / "wall.key")
    door = Door(in_all=2)

    async def answer(connection: ServerConnection) -> None:
        await connection.send("here")

    guarded = through(door, context, handshake_seconds=0.5)
    listening = serve(answer, "127.0.0.1", 0, create_connection=guarded)
    async with asyncio.timeout(30), listening as server:
        port = server.sockets[0].getsockname()[1]
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        turned_away, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await turned_away.read() == b"", "the house is full of half-open lines"
        writer.close()
        for reader, line in silent:
            with suppress(ConnectionError):
                assert await reader.read() == b"", "closed after half a second"
            line.close()
        while door.count():
            await asyncio.sleep(0.01)
        trust = ssl.create_default_context(cafile=str(tmp_path / "wall.crt"))
        async with connect(f"wss://127.0.0.1:{port}", ssl=trust) as connection:
            assert await connection.recv() == "here"
            assert door.count() == 1
        while door.count():
            await asyncio.sleep(0.01)
