"""Importing files: Synthea's and plain ones, with everything that can be wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from hms.features.patients.importing import ImportReport, NotThatTable, import_file
from hms.features.patients.model import Patient
from hms.features.patients.queries import PatientView
from hms.features.patients.rules import Sex
from hms.features.patients.service import ImportRow, RowOutcome, check_rows, import_rows, search
from hms.infra.db import Database
from hms.infra.tables import table_of
from hms.kernel.actor import Role
from tests.features.patients.conftest import actor

SYNTHEA = Path(__file__).parents[3] / "data" / "synthea" / "patients.csv"
MANAGER = actor(Role.MANAGER)


def run(
    database: Database, path: Path, kind: str = "csv", *, dry_run: bool = False
) -> ImportReport:
    def batch(rows: list[ImportRow]) -> list[RowOutcome]:
        if dry_run:
            return database.read_now(lambda work: check_rows(work, MANAGER, rows))
        return database.write_now(lambda work: import_rows(work, MANAGER, rows))

    return import_file(path, kind, batch, dry_run=dry_run)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "patients.csv"
    path.write_text(text, encoding="utf-8")
    return path


def one(database: Database, text: str) -> PatientView:
    (found,) = database.read_now(lambda work: search(work, MANAGER, text))
    return found


def count(database: Database) -> int:
    statement = select(func.count()).select_from(table_of(Patient))
    return database.read_now(lambda work: work.db.execute(statement).scalar_one())


def test_the_synthea_patients_are_all_taken_without_the_digits_of_their_names(
    database: Database,
) -> None:
    report = run(database, SYNTHEA, "synthea")
    assert report.as_json() == {
        "rows": 27,
        "taken": 27,
        "already": 0,
        "refused": [],
        "dry_run": False,
    }
    gene = one(database, "mann gene")
    assert (gene.name, gene.sex, gene.birth.text) == ("Gene Mann", Sex.MALE, "1973-10-28")
    assert gene.deceased_on is not None
    assert "Orleans" in gene.address


def test_the_same_file_again_takes_nobody_twice(database: Database) -> None:
    run(database, SYNTHEA, "synthea")
    again = run(database, SYNTHEA, "synthea")
    assert (again.rows, again.taken, again.already) == (27, 0, 27)
    assert again.complete
    assert count(database) == 27


def test_a_dry_run_writes_nothing(database: Database) -> None:
    report = run(database, SYNTHEA, "synthea", dry_run=True)
    assert (report.taken, report.dry_run, count(database)) == (27, True, 0)


def test_a_plain_table_may_call_its_columns_as_people_do(
    database: Database, tmp_path: Path
) -> None:
    path = table(
        tmp_path,
        "Surname;First Name;DOB;Gender;Mobile;Blood Type;Allergies;Next of Kin;Unused\n"
        "Núñez;José;1987-04-12;M;020 7946 0018;O pos;Latex; nuts;his sister;x\n"
        'Lee;Ann;1990;F;;;"Latex; nuts";;\n',
    )
    report = run(database, path)
    assert [row.line for row in report.refused] == [2]
    ann = one(database, "lee")
    assert (ann.name, ann.birth_year, ann.allergies) == ("Ann Lee", 1990, ("Latex", "nuts"))


def test_an_age_is_enough(database: Database, tmp_path: Path) -> None:
    assert run(database, table(tmp_path, "name,age\nAnn,40\n")).taken == 1
    assert one(database, "ann").birth_estimated


def test_every_bad_row_is_told_with_line_and_reason_and_the_good_ones_are_kept(
    database: Database, tmp_path: Path
) -> None:
    lines = [
        b"name,birth date,sex,phone",
        b"Ann,1987-04-12,F,020 7946 0018",
        b"Bo,1987-02-31,M,",
        b"Cy,,X,",
        b"Di,,F,call me",
        b",,,123456",
        b"Ed\x1b[31m,,,",
        b"Jos\xe9,,,",
        b'"Fay,,,',
        b"Gus,2099-01-01,,",
        b"Hal,,M,",
        b"\xe2\x80\xaeIda,,,",
        b"[/bold],,,",
        b"Kim,1990",
    ]
    path = tmp_path / "patients.csv"
    path.write_bytes(b"\n".join(lines))
    report = run(database, path)
    assert {row.line: row.reason for row in report.refused} == {
        3: "there is no 31 Feb 1987",
        4: "sex is male, female, other or unknown",
        5: "a phone number has only digits, spaces and + ( ) - .",
        6: "name is empty",
        7: "name has a character that cannot be shown (U+001B at position 3)",
        8: "is not in UTF-8 (byte 0xE9 at position 4)",
        9: 'a quote (") is opened and not closed',
        10: "the birth date 2099-01-01 is in the future",
        12: "name has a character that cannot be shown (U+202E at position 1)",
        14: "has 2 of 4 columns; the row is cut off",
    }
    assert (report.rows, report.taken, report.complete) == (13, 3, False)
    assert count(database) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("born,sex\n1987,F\n", "no column 'name'"),
        ("first name\nAnn\n", "no column 'name'"),
        ("name,Full Name\nAnn,Ann\n", "'name' twice"),
        ("<html><body>\n", "no column 'name'"),
    ],
)
def test_a_table_without_names_is_refused_before_anything_is_taken(
    database: Database, tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(NotThatTable, match=says):
        run(database, table(tmp_path, text))


def test_a_plain_table_is_no_synthea_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotThatTable, match="no column Id and no BIRTHDATE"):
        run(database, table(tmp_path, "FIRST,LAST,GENDER\nAnn,Lee,F\n"), "synthea")


def test_a_synthea_row_without_its_id_is_told(database: Database, tmp_path: Path) -> None:
    path = table(tmp_path, "Id,BIRTHDATE,FIRST,LAST,GENDER\n,1990-01-01,Ann1,Lee2,F\n")
    report = run(database, path, "synthea")
    assert [(row.line, row.reason) for row in report.refused] == [(2, "the column Id is empty")]


def test_many_rows_are_taken_in_batches_and_the_progress_is_told(
    database: Database, tmp_path: Path
) -> None:
    path = table(tmp_path, "name,id\n" + "".join(f"Ann Lee,{n}\n" for n in range(450)))
    sizes: list[int] = []
    done: list[int] = []

    def batch(rows: list[ImportRow]) -> list[RowOutcome]:
        sizes.append(len(rows))
        return database.write_now(lambda work: import_rows(work, MANAGER, rows))

    report = import_file(path, "csv", batch, dry_run=False, progress=done.append)
    assert (report.taken, sizes) == (450, [200, 200, 50])
    assert sum(done) == path.stat().st_size


def test_an_import_that_broke_off_is_simply_run_again(database: Database, tmp_path: Path) -> None:
    path = table(tmp_path, "name,id\n" + "".join(f"Ann Lee,{n}\n" for n in range(450)))
    batches = iter([True, False])

    def broken(rows: list[ImportRow]) -> list[RowOutcome]:
        if not next(batches):
            raise KeyboardInterrupt
        return database.write_now(lambda work: import_rows(work, MANAGER, rows))

    with pytest.raises(KeyboardInterrupt):
        import_file(path, "csv", broken, dry_run=False)
    assert count(database) == 200
    report = run(database, path)
    assert (report.taken, report.already, count(database)) == (250, 200, 450)


def test_endless_refusals_are_counted_and_not_all_kept() -> None:
    from hms.features.patients.importing import MOST_REFUSALS
    from hms.features.patients.service import Taken

    report = ImportReport(dry_run=True)
    report.add(RowOutcome(line, Taken.REFUSED, "x") for line in range(MOST_REFUSALS + 5))
    assert (len(report.refused), report.left_out, report.complete) == (MOST_REFUSALS, 5, False)
