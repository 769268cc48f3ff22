"""Half-typed forms on disk: they survive a killed process, a dropped line and the lock.

One file per person and form, 0600, written a moment after a key in a thread of
its own, so that typing never waits for the disk; erased when the form is saved.

What is written is sealed for its owner (AES-256-GCM).  The secret lies beside the
folder in a file of its own, apart from the keys that sign sessions, so that those
may be changed without losing a draft; each owner's key is derived from it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hms.infra.private_file import read_private, write_private
from hms.kernel.errors import HmsError
from hms.kernel.i18n import phrase

WRITE_AFTER_SECONDS = 0.2
SEALED = b"HMSD1"  # what a sealed draft begins with
SECRET_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody had typed into a form, by field name."""

    owner: str
    form: str
    values: dict[str, str]


class DraftUnreadable(HmsError):
    """A draft that was kept cannot be opened: damaged, or sealed for somebody else."""

    code = "draft.unreadable"


def seal(plain: bytes, secret: bytes, owner: str, form: str) -> bytes:
    """Return what is written to the disk for ``plain``."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(_key_of(secret, owner))
    return SEALED + nonce + box.encrypt(nonce, plain, _bound_to(owner, form))


def unseal(sealed: bytes, secret: bytes, owner: str, form: str) -> bytes:
    """Return what ``seal`` was given.

    Raises:
        DraftUnreadable: it was changed, or sealed for another owner, form or secret.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    start = len(SEALED) + _NONCE_BYTES
    if not sealed.startswith(SEALED) or len(sealed) < start:
        raise DraftUnreadable("it is no sealed draft")
    box = AESGCM(_key_of(secret, owner))
    try:
        return box.decrypt(sealed[len(SEALED) : start], sealed[start:], _bound_to(owner, form))
    except InvalidTag:
        raise DraftUnreadable("it was changed, or sealed for somebody else") from None


def _key_of(secret: bytes, owner: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = b"hms draft of " + owner.encode(errors="replace")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _bound_to(owner: str, form: str) -> bytes:
    return json.dumps([owner, form]).encode()


class DraftStore:
    """The drafts in ``folder``; every method may be called from the event loop.

    ``write_after_seconds`` is how long a change waits for the next ones; ``tell``
    gets a sentence for whoever sits there.
    """

    def __init__(self, folder: Path, *, write_after_seconds: float = WRITE_AFTER_SECONDS) -> None:
        self._folder = folder
        self._secret = b""
        self.tell: Callable[[str], None] = lambda _: None
        self._pause = write_after_seconds
        self._changed = threading.Condition()
        self._pending: dict[Path, Draft | None] = {}
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, owner: str, form: str, values: dict[str, str]) -> None:
        """Write the draft soon; one without any text is erased."""
        typed = any(value.strip() for value in values.values())
        self._post(owner, form, Draft(owner, form, dict(values)) if typed else None)

    def erase(self, owner: str, form: str) -> None:
        """Forget the draft: the form was saved or given up."""
        self._post(owner, form, None)

    def find(self, owner: str, form: str) -> dict[str, str]:
        """Return the owner's draft of ``form``, empty when there is none.

        One that cannot be opened is set aside, and ``tell`` is told so.
        """
        path = self._path(owner, form)
        with self._changed:
            if path in self._pending:
                waiting = self._pending[path]
                return dict(waiting.values) if waiting is not None else {}
        try:
            written = path.read_bytes()
        except OSError:
            return {}
        try:
            found = self._opened(written, owner, form)
        except (HmsError, OSError, ValueError, KeyError, TypeError, AttributeError):
            with suppress(OSError):
                path.replace(path.with_suffix(".unreadable"))
            self.tell("What was half-typed here before cannot be opened: it was set aside.")
            return {}
        if not written.startswith(SEALED):
            self.keep(owner, form, found)
        return found

    def flush(self, seconds: float = 2.0) -> None:
        """Wait until everything is on the disk, at most ``seconds``."""
        self._hurry.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._pending, timeout=seconds)
        self._hurry.clear()

    def _path(self, owner: str, form: str) -> Path:
        name = hashlib.sha256(f"{owner}\0{form}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.draft"

    def _opened(self, written: bytes, owner: str, form: str) -> dict[str, str]:
        if written.startswith(b"{"):  # by HMS 1, which did not seal
            data = json.loads(written)
        else:
            data = json.loads(unseal(written, self._own_secret(), owner, form))
        if (data["owner"], data["form"]) != (owner, form):
            raise DraftUnreadable("it is somebody else's")
        return {str(name): str(value) for name, value in data["values"].items()}

    def _own_secret(self) -> bytes:
        """Return the secret that drafts are sealed with, made at the first need."""
        if not self._secret:
            file = self._folder.with_suffix(".key")
            write_private(file, secrets.token_bytes(SECRET_BYTES), replace=False)
            secret = read_private(file)
            if len(secret) != SECRET_BYTES:
                raise DraftUnreadable(phrase("{name} holds no secret", name=file.name))
            self._secret = secret
        return self._secret

    def _post(self, owner: str, form: str, draft: Draft | None) -> None:
        with self._changed:
            self._pending[self._path(owner, form)] = draft
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="drafts", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._hurry.wait(self._pause)
            with self._changed:
                batch = dict(self._pending)
                if not batch:
                    self._thread = None
                    return
            for path, draft in batch.items():
                with suppress(Exception):  # a full disk, or whatever it is: the typing goes on
                    self._write(path, draft)
            with self._changed:
                for path, draft in batch.items():
                    if self._pending[path] is draft:
                        del self._pending[path]
                self._changed.notify_all()

    def _write(self, path: Path, draft: Draft | None) -> None:
        if draft is None:
            path.unlink(missing_ok=True)
            return
        plain = json.dumps(asdict(draft), ensure_ascii=False).encode(errors="replace")
        write_private(path, seal(plain, self._own_secret(), draft.owner, draft.form))
