"""What a command opens: the application, and the session of whoever is signed in here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hms.kernel.errors import NotSignedIn
from hms.kit.invocation import Invocation

if TYPE_CHECKING:
    from hms.bootstrap import Application
    from hms.infra.sessions import SignedIn


def open_application(config: Path | None) -> Application:
    """Open the installation that the configuration names.

    Raises:
        SettingsError: the configuration cannot be used.
        Unavailable: the database is missing, busy or out of reach.
        SchemaDiffers: it was made for another version of HMS.
    """
    from hms import bootstrap
    from hms.infra import languages
    from hms.infra.settings import load_settings

    settings = load_settings(config)
    languages.follow(settings.console.language)
    return bootstrap.open_application(settings=settings)


def signed_in(invocation: Invocation) -> SignedIn:
    """Return who is signed in at this terminal, with an access token that is still good.

    Nobody signed in means that the database is not even opened.

    Raises:
        NotSignedIn: nobody is, or the session has ended.
        UnsafeFile: others may read or swap the session file.
    """
    from hms.infra import session_file

    who = session_file.load()
    if who is None:
        raise NotSignedIn("nobody is signed in here")
    application = invocation.application()
    from hms.features.staff import service

    if not service.is_fresh(who):
        who = service.refresh_now(application.db, who, session_file.terminal_name())
        session_file.save(who)
    return who
