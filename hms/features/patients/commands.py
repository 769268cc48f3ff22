"""``hms patient …``: register, find, change, archive and import."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hms.kernel.errors import Exit
from hms.kernel.i18n import phrase
from hms.kit.commands import changes, group, looks, run
from hms.kit.invocation import current
from hms.kit.output import progress, say, show_json, show_record, show_rows, show_table

if TYPE_CHECKING:
    from hms.features.patients.importing import ImportReport
    from hms.features.patients.queries import PatientView
    from hms.features.patients.service import ImportRow, RegisterPatient, RowOutcome

app = group("Patients: register, find, change, import.")
access = group("Records that were opened with a reason (break-glass).")
app.add_typer(access, name="access")

Mrn = Annotated[str, typer.Argument(help="The medical record number, such as M00000013.")]
Birth = Annotated[
    str | None,
    typer.Option("--birth-date", help="YYYY-MM-DD, or a year, or 'about 40'."),
]
Age = Annotated[int | None, typer.Option("--age", help="Age in years, when the birth is unknown.")]
SexOption = Annotated[
    str | None, typer.Option("--sex", help="male, female, other or unknown; M and F too.")
]
Phone = Annotated[str | None, typer.Option("--phone", help="A telephone number.")]
BloodGroup = Annotated[str | None, typer.Option("--blood-group", help="A+, O- …")]
Allergy = Annotated[
    list[str] | None,
    typer.Option("--allergy", help="An allergy; give it once for each. 'none' empties the list."),
]
Contact = Annotated[str | None, typer.Option("--contact", help="Whom to call in an emergency.")]
Address = Annotated[str | None, typer.Option("--address", help="The postal address.")]
Private = Annotated[
    bool | None,
    typer.Option("--private/--not-private", help="Keep the name off everything public."),
]

_COLUMNS: dict[str, Any] = {
    "MRN": "mrn",
    "name": "name",
    "born": lambda p: p.birth.text,
    "sex": "sex",
    "phone": "phone",
    "": lambda p: ", ".join(_marks(p)),
}

_ACCESS_COLUMNS: dict[str, Any] = {
    "id": "id",
    "who": "user",
    "MRN": "mrn",
    "reason": "reason",
    "opened": "opened_at",
    "until": "ends_at",
    "noted by": "acknowledged_by",
}


class Format(StrEnum):
    """What kind of file is imported."""

    SYNTHEA = "synthea"
    CSV = "csv"


@changes(app, "add")
def add(
    name: Annotated[str, typer.Option("--name", help="The name, in any script.")],
    birth_date: Birth = None,
    age: Age = None,
    sex: SexOption = None,
    phone: Phone = None,
    blood_group: BloodGroup = None,
    allergy: Allergy = None,
    contact: Contact = None,
    address: Address = None,
    private: Private = None,
    allow_duplicate: Annotated[
        bool, typer.Option("--allow-duplicate", help="Register although somebody looks alike.")
    ] = False,
) -> None:
    """Register a patient; warns of likely duplicates."""
    from hms.features.patients import service
    from hms.features.patients.errors import LikelyDuplicate

    said = _over(
        service.RegisterPatient(name=name), birth_date, age, sex, phone, blood_group, allergy,
        contact, address, private,
    )  # fmt: skip
    try:
        show_record(
            run(
                lambda app, who: app.do_now(
                    who, service.register, said, allow_duplicate=allow_duplicate
                )
            )
        )
    except LikelyDuplicate as duplicate:
        if not current().json:
            for like in duplicate.candidates:
                say(
                    phrase(
                        "{percent} % {line}",
                        percent=like.likeness.percent,
                        line=_line(like.patient),
                    )
                )
                say(phrase("     {join}", join=", ".join(like.likeness.reasons)))
        raise


@changes(app, "unknown")
def unknown(sex: SexOption = None) -> None:
    """Register somebody nobody can name yet, under a temporary name."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.register_unknown, sex or "")))


@looks(app, "search")
def search(
    text: Annotated[
        list[str],
        typer.Argument(help="Name parts in any order, MRN, phone or its last 4, birth year."),
    ],
    limit: Annotated[int, typer.Option("--limit", help="How many at most.")] = 20,
    archived: Annotated[bool, typer.Option("--archived", help="Among the archived.")] = False,
) -> None:
    """Find patients: those typed whole first, then the newest."""
    from hms.features.patients import service

    found = run(
        lambda app, who: app.ask_now(who, service.search, " ".join(text), limit, archived=archived)
    )
    show_rows(found, _COLUMNS, empty="nobody found")


@looks(app, "show")
def show(
    mrn: Mrn,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Why, when it is not a patient of yours; it is recorded."),
    ] = None,
) -> None:
    """Show one patient; the look is recorded."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.show, mrn, reason)))


@changes(app, "edit")
def edit(
    mrn: Mrn,
    name: Annotated[str | None, typer.Option("--name", help="The name, in any script.")] = None,
    birth_date: Birth = None,
    age: Age = None,
    sex: SexOption = None,
    phone: Phone = None,
    blood_group: BloodGroup = None,
    allergy: Allergy = None,
    contact: Contact = None,
    address: Address = None,
    private: Private = None,
    version: Annotated[
        int | None, typer.Option("--version", help="The version that was looked at.")
    ] = None,
) -> None:
    """Change what is recorded; what is not given stays. An empty text removes a value."""
    from hms.features.patients import service

    def task(application: Any, who: Any) -> PatientView:
        before: PatientView = application.do_now(who, service.show, mrn)
        said = service.stated(before)
        if name is not None:
            said = replace(said, name=name)
        said = _over(
            said, birth_date, age, sex, phone, blood_group, allergy, contact, address, private
        )
        change = service.EditPatient(
            mrn=mrn, version=before.version if version is None else version, facts=said
        )
        after: PatientView = application.do_now(who, service.edit, change)
        return after

    show_record(run(task))


@changes(app, "archive")
def archive(mrn: Mrn) -> None:
    """Take a patient out of the search; nothing is deleted, unarchive takes one back."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.archive, mrn)))


@changes(app, "unarchive")
def unarchive(mrn: Mrn) -> None:
    """Take an archived patient back."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.unarchive, mrn)))


@looks(access, "list")
def list_accesses(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that somebody took note of.")
    ] = False,
) -> None:
    """List the records that were opened with a reason and that nobody took note of yet."""
    from hms.features.patients import service

    found = run(lambda app, who: app.ask_now(who, service.list_accesses, everything=everything))
    show_rows(found, _ACCESS_COLUMNS, empty="nothing to take note of")


@changes(access, "acknowledge")
def acknowledge(
    number: Annotated[int, typer.Argument(help="The number in the list.", metavar="ID")],
) -> None:
    """Take note of an access: it is no alarm on the desks any more."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.acknowledge_access, number)))


@changes(app, "import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file.", show_default=False)],
    kind: Annotated[Format, typer.Option("--format", help="What kind of file.")] = Format.CSV,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Import patients; the good rows are kept, the others reported with line and reason."""
    from hms.features.patients import importing, service

    def task(application: Any, who: Any) -> ImportReport:
        def batch(rows: list[ImportRow]) -> list[RowOutcome]:
            if dry_run:
                return list(application.ask_now(who, service.check_rows, rows))
            return list(application.do_now(who, service.import_rows, rows))

        size = file.stat().st_size if file.is_file() else None
        with progress(phrase("importing {name}", name=file.name), size) as step:
            return importing.import_file(file, kind.value, batch, dry_run=dry_run, progress=step)

    report = run(task)
    _show_report(report)
    if not report.complete:
        raise typer.Exit(Exit.REFUSED)


@changes(app, "privacy")
def privacy(
    mrn: Mrn,
    level: Annotated[
        str | None,
        typer.Argument(help="number, initials, alias or name: the most that may be told."),
    ] = None,
    alias: Annotated[
        str | None, typer.Option("--alias", help="What the patient is called instead.")
    ] = None,
) -> None:
    """Show or set how much of a patient may be told on paper; walls tell the number alone."""
    from hms.features.patients import service

    show_record(run(lambda app, who: app.do_now(who, service.patient_privacy, mrn, level, alias)))


def _show_report(report: ImportReport) -> None:
    if current().json:
        show_json(report.as_json())
        return
    if report.refused:
        show_table(["line", "reason"], [[row.line, row.reason] for row in report.refused])
    if report.left_out:
        say(phrase("… and {left_out} more", left_out=report.left_out))
    took = "would be taken" if report.dry_run else "taken"
    refused = len(report.refused) + report.left_out
    say(
        phrase(
            "{rows} rows: {taken} {took}, {already} there already, {refused} refused",
            rows=report.rows,
            taken=report.taken,
            took=took,
            already=report.already,
            refused=refused,
        )
    )


def _over(
    said: RegisterPatient,
    birth_date: str | None,
    age: int | None,
    sex: str | None,
    phone: str | None,
    blood_group: str | None,
    allergy: list[str] | None,
    contact: str | None,
    address: str | None,
    private: bool | None,
) -> RegisterPatient:
    """Return ``said`` with what the options give in its place."""
    given: dict[str, Any] = {
        "birth": birth_date if age is None else birth_date or "",
        "age": age,
        "sex": sex,
        "phone": phone,
        "blood_group": blood_group,
        "allergies": allergy or None,
        "contact": contact,
        "address": address,
        "private": private,
    }
    return replace(said, **{key: value for key, value in given.items() if value is not None})


def _line(patient: PatientView) -> str:
    parts = (patient.mrn, patient.name, patient.birth.text, patient.sex.value, patient.phone)
    return "  ".join(part for part in parts if part)


def _marks(patient: PatientView) -> list[str]:
    marks = {
        "temporary": patient.temporary,
        "private": patient.private,
        "deceased": patient.deceased_on is not None,
        "archived": patient.archived,
    }
    return [mark for mark, holds in marks.items() if holds]
