"""What was half-typed survives a killed process, for its owner only."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hms.kit.drafts import SEALED, DraftStore, DraftUnreadable, seal, unseal

FORM = "patient.new"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "drafts"


def written(folder: Path) -> Path:
    """Keep a draft of rosa's and return its file."""
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush()
    (file,) = folder.glob("*.draft")
    return file


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


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"owner": "rosa"}', b"\xff\xfe", SEALED])
def test_a_damaged_file_is_set_aside_and_said_in_one_sentence(folder: Path, content: bytes) -> None:
    file = written(folder)
    file.write_bytes(content)
    store = DraftStore(folder)
    said: list[str] = []
    store.tell = said.append
    assert store.find("rosa", FORM) == {}
    assert store.find("rosa", FORM) == {}
    assert said == ["What was half-typed here before cannot be opened: it was set aside."]
    assert file.with_suffix(".unreadable").read_bytes() == content


def test_what_lies_on_the_disk_tells_nothing(folder: Path) -> None:
    on_disk = written(folder).read_bytes()
    for word in (b"Rao", b"rosa", b"name", FORM.encode()):
        assert word not in on_disk
    key = folder.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() not in on_disk


def test_every_changed_byte_is_noticed(folder: Path) -> None:
    file = written(folder)
    sealed = file.read_bytes()
    for at in range(len(sealed)):
        file.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        assert DraftStore(folder).find("rosa", FORM) == {}, at


def test_a_draft_renamed_to_another_owner_or_form_does_not_open(folder: Path) -> None:
    file = written(folder)
    for owner, form in (("nils", FORM), ("rosa", "another.form")):
        store = DraftStore(folder)
        store.keep(owner, form, {"name": "theirs"})
        store.flush()
        (theirs,) = set(folder.glob("*.draft")) - {file}
        theirs.write_bytes(file.read_bytes())
        assert DraftStore(folder).find(owner, form) == {}
    assert DraftStore(folder).find("rosa", FORM) == {"name": "Rao"}


def test_a_seal_opens_for_its_owner_form_and_secret_alone() -> None:
    secret = bytes(range(32))
    sealed = seal(b"half a name", secret, "rosa", FORM)
    assert unseal(sealed, secret, "rosa", FORM) == b"half a name"
    assert sealed != seal(b"half a name", secret, "rosa", FORM)
    for other in ((secret, "nils", FORM), (secret, "rosa", "x"), (bytes(32), "rosa", FORM)):
        with pytest.raises(DraftUnreadable):
            unseal(sealed, *other)


def test_new_signing_keys_lose_no_draft(folder: Path, tmp_path: Path) -> None:
    file = written(folder)
    (tmp_path / "keys.json").write_text("other keys now")
    assert DraftStore(folder).find("rosa", FORM) == {"name": "Rao"}
    assert file.exists()


def test_a_lost_secret_takes_the_old_drafts_and_nothing_else(folder: Path) -> None:
    written(folder)
    folder.with_suffix(".key").unlink()
    store = DraftStore(folder)
    assert store.find("rosa", FORM) == {}
    store.keep("rosa", FORM, {"name": "again"})
    store.flush()
    assert DraftStore(folder).find("rosa", FORM) == {"name": "again"}


def test_a_secret_that_others_may_read_seals_nothing(folder: Path) -> None:
    written(folder).unlink()
    folder.with_suffix(".key").chmod(0o644)
    store = DraftStore(folder)
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush()
    assert list(folder.iterdir()) == []


def test_a_draft_of_an_older_hms_is_read_once_and_sealed(folder: Path) -> None:
    file = written(folder)
    old = {"owner": "rosa", "form": FORM, "values": {"name": "Rao"}}
    file.write_text(json.dumps(old))
    store = DraftStore(folder)
    assert store.find("rosa", FORM) == {"name": "Rao"}
    store.flush()
    assert b"Rao" not in file.read_bytes()
    assert DraftStore(folder).find("rosa", FORM) == {"name": "Rao"}


@pytest.mark.skipif(os.name != "posix", reason="a folder that cannot be written needs POSIX")
def test_a_disk_that_refuses_does_not_stop_the_typing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = DraftStore(blocked / "drafts")
    store.keep("rosa", FORM, {"name": "Rao"})
    store.flush(seconds=1)
    store.keep("rosa", FORM, {"name": "Rao again"})
    store.flush(seconds=1)
