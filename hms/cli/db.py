"""``hms db``: look at the database itself, and make an older one current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from hms.cli.restore import owner, refuse_stranger
from hms.kernel.errors import Exit
from hms.kernel.text import show
from hms.kit.commands import changes, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.features.upkeep.service import Condition

commands = group("The database itself: check, upgrade.")


@looks(commands, "check")
def check() -> None:
    """Look at structure, foreign keys, what must hold, and the audit's chain; exit 3 on faults."""
    from hms.bootstrap import invariants
    from hms.features.upkeep import service

    rules = invariants()
    found = run(lambda app, who: app.ask_now(who, service.check_database, rules))
    _tell(found, len(rules))
    if not found.sound:
        raise typer.Exit(Exit.PROBLEMS_FOUND)


@changes(commands, "upgrade")
def upgrade() -> None:
    """Bring a database of an older HMS to the present schema, after a backup.

    Refuses while any process has the database open.
    """
    from hms.infra.backup.upgrading import upgrade_database

    settings = current().settings()
    refuse_stranger(settings)
    done = upgrade_database(settings, owner())
    if current().json:
        show_json(done.as_json())
    elif done.backup is None:
        say(f"the database is current: schema {done.after}")
    else:
        typer.echo(f"schema {done.before} is now {done.after}")
        say(f"as it was before: {show(done.backup.file)}")


def _tell(found: Condition, rules: int) -> None:
    problems = [*found.problems, *(fault.message for fault in found.audit.faults)]
    if current().json:
        show_json(
            {
                "ok": found.sound,
                "rows": found.rows,
                "invariants": rules,
                "problems": problems,
                "audit": found.audit.as_json(),
            }
        )
        return
    for problem in problems:
        say(show(problem))
    if found.sound:
        say(f"the database is sound: {found.rows} rows, {rules} rules, {found.audit.sealed} seals")
