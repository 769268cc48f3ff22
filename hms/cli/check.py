"""``hms check``: what is well with this installation, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Callable

import typer

from hms.cli import check_clock, check_hospital, check_paper, check_slides, checks
from hms.cli.checks import Finding, Grade
from hms.infra.settings import Settings
from hms.kernel.errors import Exit, HmsError
from hms.kernel.text import show
from hms.kit.invocation import current
from hms.kit.output import show_json, show_table

CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    checks.database,
    checks.schema,
    check_hospital.hospital,
    checks.sqlite_library,
    checks.signing_key,
    checks.private_files,
    checks.second_factor,
    check_clock.clock,
    checks.backup,
    checks.bell,
    checks.display_server,
    checks.certificate,
    checks.voice,
    check_slides.slides,
    checks.redis,
    check_paper.printer,
    check_paper.slip_letters,
)


READ_THE_DATABASE: tuple[Callable[[Settings], Finding], ...] = (
    checks.schema,
    checks.second_factor,
    check_clock.clock,
    check_hospital.hospital,
)


def check() -> None:
    """Look at database, schema, keys, files, clock, backup, bell, display server and printer."""
    findings = look()
    well = all(finding.grade is not Grade.PROBLEM for finding in findings)
    if current().json:
        show_json({"ok": well, "checks": [finding.as_json() for finding in findings]})
    else:
        show_table(
            ["", "what", "found", "to do"],
            [[one.grade.value, one.name, one.found, one.to_do] for one in findings],
        )
    if not well:
        raise typer.Exit(Exit.PROBLEMS_FOUND)


def look() -> list[Finding]:
    """Return what each check found; a broken configuration is a finding too."""
    try:
        settings = current().settings()
    except HmsError as error:
        return [Finding("configuration", Grade.PROBLEM, error.message, error.hint)]
    files = ", ".join(show(path) for path in settings.files) or "none, defaults hold"
    findings = [Finding("configuration", Grade.OK, files)]
    away = False  # asked once only: each try may take seconds
    for one in CHECKS:
        name = one.__name__.replace("_", " ")
        if away and one in READ_THE_DATABASE:
            findings.append(Finding(name, Grade.NOTE, "not looked at: it is in the database"))
            continue
        try:
            findings.append(one(settings))
        except HmsError as error:
            away = away or one in (checks.database, checks.schema)
            findings.append(Finding(name, Grade.PROBLEM, error.message, error.hint))
    return findings
