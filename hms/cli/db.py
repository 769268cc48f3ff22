"""``hms db``: look at the database itself, make an older one current, move to another."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hms.cli.restore import owner, refuse_stranger
from hms.kernel.errors import Exit
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import UsageMistake, changes, confirm, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import say, show_json, show_table

if TYPE_CHECKING:
    from hms.features.upkeep.service import Condition

commands = group("The database itself: check, upgrade, rights, copy.")


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
        say(phrase("the database is current: schema {after}", after=done.after))
    else:
        typer.echo(f"schema {done.before} is now {done.after}")
        say(phrase("as it was before: {file}", file=show(done.backup.file)))


@looks(commands, "grants")
def grants(
    prefix: Annotated[
        str, typer.Option("--prefix", help="What the names of the four roles begin with.")
    ] = "hms",
) -> None:
    """Print the SQL that gives desks, server, wall and backup their rights on PostgreSQL.

    For psql as the owner of the tables; run it again after hms db upgrade.
    """
    from hms.infra import roles

    settings = current().settings()
    refuse_stranger(settings)
    url = settings.database.url
    name = url.rpartition("/")[2].partition("?")[0] if url.startswith("postgresql") else "hms"
    try:
        statements = roles.grants(name, prefix)
    except ValueError as error:
        raise UsageMistake(phrase("--prefix: {error}", error=error)) from None
    if current().json:
        show_json({"database": name, "statements": statements})
        return
    for statement in statements:
        typer.echo(f"{statement};")
    if settings.database_file is not None:
        say("this hospital lies in a file (SQLite): there the rights are those of its folder")


@changes(commands, "copy")
def copy(
    to: Annotated[str, typer.Option("--to", help="The empty database: postgresql+asyncpg://…")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing.")] = False,
) -> None:
    """Copy the hospital into an empty database of the other kind, and compare every table.

    Refuses while any process has the database open. Killed, it goes on where it was
    when it is run again. Exit 3 when the copy is not the same.
    """
    from hms.bootstrap import invariants, load_models
    from hms.features.patients.service import rebuild_search
    from hms.features.upkeep import service
    from hms.infra.backup.moving import Job, copy_database

    settings = current().settings()
    who = run(lambda app, who: app.ask_now(who, service.before_copy))
    current().close()  # nobody has it open now, not even this command
    if not dry_run:
        confirm("Copy the hospital, all patients with it, into that database?")
    load_models()
    job = Job(settings, to, who, invariants(), rebuild_search, _progress)
    done = copy_database(job, dry_run=dry_run)
    if current().json:
        show_json(done.as_json())
    else:
        same = {True: "the same", False: "DIFFERENT", None: "to be copied"}
        show_table(
            ["table", "rows", ""],
            [[one.name, str(one.rows), same[one.digest_equal]] for one in done.tables],
        )
        for problem in done.problems:
            say(show(problem))
    if not done.sound:
        raise typer.Exit(Exit.PROBLEMS_FOUND)
    if not dry_run:
        say("copied; now: [database] url, keys and audit.anchors as docs/moving-to-postgresql.md")


def _progress(table: str, rows: int) -> None:
    if sys.stderr.isatty():
        say(phrase("{table}: {rows}", table=table, rows=rows))


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
        say(
            phrase(
                "the database is sound: {rows} rows, {rules} rules, {sealed} seals",
                rows=found.rows,
                rules=rules,
                sealed=found.audit.sealed,
            )
        )
