"""Finds files of ours that others on this machine could read."""

from __future__ import annotations

import stat
from pathlib import Path

from hms.infra.keys import key_file
from hms.infra.second_factor import factor_key_file
from hms.infra.settings import Settings


def exposed_files(settings: Settings) -> list[Path]:
    """Return which of data, keys, drafts and their secret others may reach."""
    folder = settings.data_dir
    paths = [folder, key_file(settings), factor_key_file(settings)]
    paths += [folder / "state", folder / "state" / "drafts.key"]
    file = settings.database_file
    if file is not None:
        paths += [file, *(Path(f"{file}{end}") for end in ("-wal", "-shm", "-journal"))]
    return [path for path in paths if others_may(path)]


def others_may(path: Path, rights: int = 0o077) -> bool:
    """Return whether the mode of ``path`` gives anybody but its owner one of ``rights``."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return bool(stat.S_IMODE(mode) & rights)
