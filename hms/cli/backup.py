"""``hms backup``: make one now, or look whether one is still what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import changes, looks, run
from hms.kit.invocation import current
from hms.kit.output import say, show_json

if TYPE_CHECKING:
    from hms.infra.backup.make import Made


class MakesByDefault(TyperGroup):
    """``hms backup --to DIR`` is ``hms backup make --to DIR``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``make`` in front of arguments that name no other command."""
        if not set(args) & {*self.commands, "--help"}:
            args.insert(0, "make")
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=MakesByDefault,
    help="Back up the database while desks work (make, the default), and verify a backup.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@changes(commands, "make")
def make(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder; by default the one of [backup] to.")
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            min=1,
            help="How many stay in the folder; by default [backup] keep, or all with --to.",
        ),
    ] = None,
) -> None:
    """Make a backup, try it out by restoring it beside, and only then give it its name."""
    from hms.bootstrap import invariants
    from hms.features.upkeep import service
    from hms.infra.backup.make import make_backup

    def work(app: Any, who: Any) -> Made:
        app.ask_now(who, service.may_back_up)
        kept = app.settings.backup.keep if keep is None and to is None else keep
        made = make_backup(app.settings, invariants(), to=to, keep=kept)
        rows = made.manifest.facts.rows
        app.do_now(who, service.record_backup, made.file.name, made.bytes, rows)
        return made

    _tell(run(work), "made and tried out")


@looks(commands, "verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The backup.", metavar="FILE")],
) -> None:
    """Compare every byte with the digest inside, then try the backup out; exit 3 if it differs."""
    from hms.bootstrap import invariants
    from hms.features.upkeep import service
    from hms.infra.backup.make import verify_backup

    def work(app: Any, who: Any) -> Made:
        app.ask_now(who, service.may_back_up)
        return verify_backup(app.settings, file, invariants())

    _tell(run(work), "whole")


def _tell(made: Made, word: str) -> None:
    if current().json:
        show_json(made.as_json())
        return
    rows = made.manifest.facts.rows
    typer.echo(f"{show(made.file)}: {word}, {made.bytes} bytes, {rows} rows")
    if made.removed:
        say(phrase("removed {count} older ones", count=len(made.removed)))
