"""A file that others could read is found, whichever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.infra.exposed import exposed_files
from tests.support import sqlite_settings


@pytest.mark.parametrize(
    "name", ["", "hms.db", "hms.db-wal", "keys.json", "state", "state/drafts.key"]
)
def test_each_file_of_ours_is_looked_at(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    (folder / "state").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    for file in ("hms.db", "hms.db-wal", "keys.json", "state/drafts.key"):
        (folder / file).touch(mode=0o600)
    settings = sqlite_settings(folder / "hms.db")
    assert exposed_files(settings) == []
    (folder / name).chmod(0o750)
    assert exposed_files(settings) == [folder / name]
