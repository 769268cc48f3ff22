"""``hms restore``: put a backup in the place of the database, on a stopped system only."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hms.infra.settings import Settings
from hms.kernel.actor import Actor, Role
from hms.kernel.errors import NotPermitted
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import confirm
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.infra.backup.numbers import Carried
    from hms.infra.uow import Work


class NotTheOwner(NotPermitted):
    """The data directory belongs to another user of this machine."""

    code = "restore.not_the_owner"
    hint = "run it as the user that runs HMS"


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", metavar="FILE")],
    skip_numbers: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=10_000,
            help="How many numbers to leave out of each queue, and of the patients' numbers; by "
            "default none, or up to the next hundred where the replaced database does not tell "
            "what was given out since the backup.",
        ),
    ] = None,
) -> None:
    """Put a backup in the place of the database; the old data is kept aside.

    Refuses while any process has the database open. Everybody signs in again. No number that
    was given out since the backup is given out again.
    """
    from hms.bootstrap import invariants, numbers
    from hms.infra.backup.make import restore_backup

    settings = current().settings()
    refuse_stranger(settings)
    confirm(phrase("Put {file} in the place of the database?", file=show(file)))
    done = restore_backup(
        settings,
        file,
        invariants(),
        who=owner(),
        renew=end_sessions,
        numbers=numbers(),
        skip=skip_numbers,
    )
    if current().json:
        show_json(done.as_json())
        return
    rows = done.manifest.facts.rows
    typer.echo(f"restored the backup of {show(done.manifest.made_at)}: {rows} rows")
    if done.kept is not None:
        say(phrase("the old data is kept as {kept}", kept=show(done.kept)))
    say("everybody signs in again; the walls start anew with: hms serve")
    _tell_numbers(done.numbers)


def _tell_numbers(carried: Carried) -> None:
    say("what was done since then is not in it: give people with later slips a new one")
    if not carried.known:
        say("the replaced database does not tell which numbers were given out since the backup")
    if carried.series:
        listed = ", ".join(f"{show(one.series)} {one.last}" for one in carried.series)
        say(phrase("numbers go on behind: {listed}", listed=listed))


def refuse_stranger(settings: Settings) -> None:
    """Refuse whoever does not own the data directory: what they made, HMS could not open.

    Raises:
        NotTheOwner: it is another user's.
    """
    folder = settings.data_dir
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise NotTheOwner(phrase("{folder} belongs to another user", folder=show(folder)))


def owner() -> Actor:
    """Return who acts without a session: the user of this machine that owns the data."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"user {os.geteuid()}"
    return Actor(None, f"owner: {show(name)}"[:80], Role.SERVICE, 1, {}, terminal="restore")


def end_sessions(work: Work) -> None:
    """End every session that the backup holds: they are of the old timeline."""
    from hms.features.staff.rules import EndReason
    from hms.features.staff.service import end_every_session

    end_every_session(work, EndReason.RESTORED)
