"""Who is signed in at this terminal: kept between commands in a file of the user's own."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime
from pathlib import Path

from hms.infra.private_file import read_private, write_private
from hms.infra.sessions import SignedIn
from hms.kernel.actor import Role

VARIABLE = "HMS_SESSION_FILE"


def session_path() -> Path:
    """Return the file named by ``HMS_SESSION_FILE``, or the one in the user's state folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("hms", appauthor=False) / "session.json"


def load() -> SignedIn | None:
    """Return who is signed in here, None when nobody is or the file says nothing of use.

    Raises:
        UnsafeFile: the file is a link, is another user's, or others may read it.
    """
    try:
        content = json.loads(read_private(session_path()))
        return SignedIn(
            name=str(content["name"]),
            full_name=str(content["full_name"]),
            role=Role(content["role"]),
            terminal=str(content["terminal"]),
            access_token=str(content["access_token"]),
            refresh_token=str(content["refresh_token"]),
            access_expires=datetime.fromisoformat(content["access_expires"]),
            session_expires=datetime.fromisoformat(content["session_expires"]),
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def save(who: SignedIn) -> None:
    """Keep ``who`` for the next command."""
    content = {
        "name": who.name,
        "full_name": who.full_name,
        "role": who.role.value,
        "terminal": who.terminal,
        "access_token": who.access_token,
        "refresh_token": who.refresh_token,
        "access_expires": who.access_expires.isoformat(),
        "session_expires": who.session_expires.isoformat(),
    }
    write_private(session_path(), json.dumps(content).encode())


def forget() -> None:
    """Remove the file; nobody is signed in here any more."""
    session_path().unlink(missing_ok=True)


def terminal_name() -> str:
    """Return where this process's user sits.

    The far end of an SSH line or a console of its own (``desk-3 tty2``) is a place;
    a pseudo-terminal is not, since anybody may open any number of them.
    """
    far = os.environ.get("SSH_CONNECTION", "").split()
    if far:
        return f"ssh {far[0]}"[:80]
    host = socket.gethostname()
    try:
        own = Path(os.ttyname(0)).name if os.isatty(0) else ""
    except OSError:
        own = ""
    return (f"{host} {own}" if own.startswith("tty") else host)[:80]
