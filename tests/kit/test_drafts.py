"""What was half-typed survives a killed process, for its owner only."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hms.kit.drafts import DraftStore

FORM = "patient.new"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "drafts"


def test_a_draft_comes_back_after_the_process_was_killed(folder: Path) -> None:
    typing = (
        "import sys, time; from pathlib import Path; from hms.kit.drafts import DraftStore\n"
        f"s = DraftStore(Path({str(folder)!r})); s.keep('rosa', {FORM!r}, {{'name': 'Rao'}})\n"
        "print('typed', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", typing], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.6)
        process.send_signal(signal.SIGKILL)
    assert DraftStore(folder).find("rosa", FORM) == {"name": "Rao"}


def test_nobody_else_sees_it(folder: Path) -> None:
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush()
    assert store.find("nils", FORM) == {}
    assert store.find("rosa", "another.form") == {}
    for path in [folder, *folder.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert "rosa" not in path.name or path is folder


def test_it_is_gone_once_saved(folder: Path) -> None:
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush()
    store.erase("rosa", FORM)
    assert store.find("rosa", FORM) == {}
    store.flush()
    assert list(folder.iterdir()) == []


def test_a_form_emptied_again_leaves_nothing(folder: Path) -> None:
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "R"})
    store.keep("rosa", FORM, {"name": " "})
    store.flush()
    assert not folder.exists() or list(folder.iterdir()) == []


def test_only_the_last_state_is_written(folder: Path) -> None:
    store = DraftStore(folder)
    for n in range(500):
        store.keep("rosa", FORM, {"name": "x" * n})
    store.flush()
    assert store.find("rosa", FORM) == {"name": "x" * 499}


def test_typing_never_waits_for_the_disk(folder: Path) -> None:
    store = DraftStore(folder)
    begin = time.perf_counter()
    for n in range(1000):
        store.keep("rosa", FORM, {"name": str(n)})
    assert (time.perf_counter() - begin) / 1000 < 0.0005


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"owner": "rosa"}', b"\xff\xfe"])
def test_a_damaged_file_is_no_draft_and_no_error(folder: Path, content: bytes) -> None:
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush()
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert DraftStore(folder).find("rosa", FORM) == {}


@pytest.mark.skipif(os.name != "posix", reason="a folder that cannot be written needs POSIX")
def test_a_disk_that_refuses_does_not_stop_the_typing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = DraftStore(blocked / "drafts")
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush(seconds=1)
    store.keep("rosa", FORM, {"name": "Rao again"})
    store.flush(seconds=1)
