"""TLS of the display server: certificate and key of the settings, refused when they cannot do."""

from __future__ import annotations

import os
import ssl
import stat
from datetime import datetime
from pathlib import Path

from hms.infra.settings import Settings
from hms.kernel import clock
from hms.kernel.errors import Refused
from hms.kernel.i18n import phrase
from hms.kernel.text import show

MAX_BYTES = 1024 * 1024


class CertificateUnusable(Refused):
    """Certificate or key cannot be used; the wall is not served without what was asked for."""

    code = "display.certificate"
    hint = "see [display] certificate, key; empty both to serve without TLS"


def files(settings: Settings) -> tuple[Path, Path] | None:
    """Return the files of certificate and key, None when there is to be no TLS.

    Raises:
        CertificateUnusable: only one of them is set.
    """
    display = settings.display
    if not display.certificate and not display.key:
        return None
    if not (display.certificate and display.key):
        missing = "key" if display.certificate else "certificate"
        raise CertificateUnusable(
            phrase("[display] {missing} is missing: TLS needs both", missing=missing)
        )
    folder = settings.data_dir
    return folder / display.certificate, folder / display.key


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """Return what a server needs to speak TLS, None when it is not to.

    Raises:
        CertificateUnusable: a file cannot be read, the key may be read by others, the two do
            not belong together, or the certificate is not valid now.
    """
    found = files(settings)
    if found is None:
        return None
    certificate, key = found
    _refuse_open(key)
    begins, ends = validity(certificate)
    now = clock.now()
    if not begins <= now < ends:
        was = "has expired" if now >= ends else "is not valid yet"
        raise CertificateUnusable(
            phrase(
                "the certificate {certificate} {was} ({iso} to {iso2})",
                certificate=show(certificate),
                was=was,
                iso=clock.iso(begins),
                iso2=clock.iso(ends),
            ),
            hint="renew it, or set this machine's clock right (timedatectl)",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise CertificateUnusable(
                phrase(
                    "the key {key} does not belong to the certificate {certificate}",
                    key=show(key),
                    certificate=show(certificate),
                ),
                hint="name the key that the certificate was made with",
            ) from error
        raise CertificateUnusable(
            phrase("{key} holds no key that can be used", key=show(key))
        ) from error
    except (OSError, ValueError) as error:
        raise CertificateUnusable(phrase("{key} cannot be used as a key", key=show(key))) from error
    return context


def validity(certificate: Path) -> tuple[datetime, datetime]:
    """Return from when to when the certificate in the file is valid.

    Raises:
        CertificateUnusable: it cannot be read, or holds no certificate.
    """
    from cryptography import x509

    try:
        with certificate.open("rb") as file:
            text = file.read(MAX_BYTES)
        first = x509.load_pem_x509_certificate(text)
    except OSError as error:
        raise CertificateUnusable(
            phrase(
                "{certificate} cannot be read: {strerror}",
                certificate=show(certificate),
                strerror=error.strerror,
            )
        ) from error
    except ValueError as error:
        raise CertificateUnusable(
            phrase("{certificate} holds no certificate (PEM)", certificate=show(certificate))
        ) from error
    return first.not_valid_before_utc, first.not_valid_after_utc


def days_left(settings: Settings) -> int | None:
    """Return for how many whole days the certificate is still valid, None without TLS.

    Raises:
        CertificateUnusable: see ``server_context``.
    """
    if server_context(settings) is None:
        return None
    found = files(settings)
    assert found is not None
    _, ends = validity(found[0])
    return (ends - clock.now()).days


def _no_password() -> str:
    # Without this OpenSSL would ask at the terminal, and a service has none.
    raise ValueError("the key is locked by a password")


def _refuse_open(key: Path) -> None:
    name = show(key)
    try:
        status = os.stat(key)  # noqa: PTH116 - links are what certificate tools make
        os.close(os.open(key, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        raise CertificateUnusable(
            phrase("{name} cannot be read: {strerror}", name=name, strerror=error.strerror)
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise CertificateUnusable(phrase("{name} is not a plain file", name=name))
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise CertificateUnusable(
            phrase("the key {name} may be read by others", name=name),
            hint=phrase("chmod 600 {name}", name=name),
        )
