"""Half-typed forms on disk: they survive a killed process, a dropped line and the lock.

One file per person and form, 0600, written a moment after a key in a thread of
its own, so that typing never waits for the disk; erased when the form is saved.
``seal`` and ``unseal`` are the one place where encryption at rest will be put in.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

WRITE_AFTER_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody had typed into a form, by field name."""

    owner: str
    form: str
    values: dict[str, str]


def seal(plain: bytes) -> bytes:
    """Return what is written to the disk for ``plain``."""
    return plain


def unseal(sealed: bytes) -> bytes:
    """Return what ``seal`` was given."""
    return sealed


class DraftStore:
    """The drafts in ``folder``; every method may be called from the event loop.

    ``write_after_seconds`` is how long a change waits for the next ones.
    """

    def __init__(self, folder: Path, *, write_after_seconds: float = WRITE_AFTER_SECONDS) -> None:
        self._folder = folder
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
        """Return the owner's draft of ``form``, empty when there is none or it cannot be read."""
        path = self._path(owner, form)
        with self._changed:
            if path in self._pending:
                waiting = self._pending[path]
                return dict(waiting.values) if waiting is not None else {}
        found = _read(path)
        if found is None or (found.owner, found.form) != (owner, form):
            return {}
        return found.values

    def flush(self, seconds: float = 2.0) -> None:
        """Wait until everything is on the disk, at most ``seconds``."""
        self._hurry.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._pending, timeout=seconds)
        self._hurry.clear()

    def _path(self, owner: str, form: str) -> Path:
        name = hashlib.sha256(f"{owner}\0{form}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.draft"

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
                with suppress(OSError):  # a full disk must not stop the typing
                    _write(path, draft)
            with self._changed:
                for path, draft in batch.items():
                    if self._pending[path] is draft:
                        del self._pending[path]
                self._changed.notify_all()


def _write(path: Path, draft: Draft | None) -> None:
    if draft is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
        file.write(seal(json.dumps(asdict(draft), ensure_ascii=False).encode(errors="replace")))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _read(path: Path) -> Draft | None:
    try:
        data = json.loads(unseal(path.read_bytes()))
        values = {str(name): str(value) for name, value in data["values"].items()}
        return Draft(str(data["owner"]), str(data["form"]), values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
