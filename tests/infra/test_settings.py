"""Where a setting comes from, and what is said when it is wrong."""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import pytest

from hms.infra.settings import DEFAULT, Settings, load_settings, user_data_dir
from hms.infra.settings_load import SettingsError, known_keys


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, an empty one."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def refused(text: str, here: Path) -> SettingsError:
    """Return what is said about a file with ``text``."""
    (here / "hms.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value


def test_nothing_needs_to_be_configured(here: Path) -> None:
    """Without any file the defaults hold and data lies in the user's own folder."""
    settings = load_settings()
    assert settings.display.port == 8765
    assert settings.hospital.day_starts_at == time(3, 0)
    assert settings.queues.head_start_minutes["elderly"] == 15
    assert settings.data_dir == user_data_dir()
    assert settings.origin("display.port") == DEFAULT


def test_flags_beat_the_environment_which_beats_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest to the person wins."""
    (here / "hms.toml").write_text('[display]\nport = 1\nhost = "a"\nspeech = "off"\n')
    monkeypatch.setenv("HMS_DISPLAY__PORT", "2")
    monkeypatch.setenv("HMS_DISPLAY__HOST", "b")
    settings = load_settings(flags={"display.port": 3, "display.host": None})
    assert settings.display.port == 3
    assert settings.display.host == "b"
    assert settings.display.speech == "off"
    assert str(settings.origin("display.port")) == "flag for display.port"
    assert str(settings.origin("display.host")) == "environment variable HMS_DISPLAY__HOST"
    assert str(settings.origin("display.speech")) == f"{here / 'hms.toml'}, line 4"


def test_files_add_up_key_by_key(here: Path) -> None:
    """A user's own file fills what the hospital's file does not say."""
    mine = Path(os.environ["XDG_CONFIG_HOME"]) / "hms"
    mine.mkdir(parents=True)
    (mine / "hms.toml").write_text('[hospital]\nname = "Mine"\ntimezone = "Asia/Kolkata"\n')
    (here / "hms.toml").write_text('[hospital]\nname = "Theirs"\n')
    settings = load_settings()
    assert (settings.hospital.name, settings.hospital.timezone) == ("Theirs", "Asia/Kolkata")
    assert [path.parent for path in settings.files] == [here, mine]


def test_a_file_that_is_named_takes_the_place_of_the_one_here(here: Path, tmp_path: Path) -> None:
    """``--config`` is read instead of ``./hms.toml``, never beside it."""
    (here / "hms.toml").write_text("[display]\nport = 1\n")
    other = tmp_path / "other.toml"
    other.write_text('[display]\nhost = "h"\n')
    settings = load_settings(other)
    assert (settings.display.port, settings.display.host) == (8765, "h")


def test_a_named_file_that_is_missing_is_an_error(here: Path) -> None:
    """Nobody wants the defaults after a slip in the name of the file."""
    with pytest.raises(SettingsError, match="there is no configuration file"):
        load_settings(here / "nothing.toml")


def test_a_relative_database_lies_beside_the_file_that_names_it(here: Path, tmp_path: Path) -> None:
    """It does not matter from where a command is run."""
    folder = tmp_path / "etc"
    folder.mkdir()
    file = folder / "hms.toml"
    file.write_text('[database]\nurl = "sqlite+aiosqlite:///data/hms.db"\n')
    settings = load_settings(file)
    assert settings.database_file == folder / "data" / "hms.db"
    assert settings.data_dir == folder / "data"


def test_lists_and_tables_in_the_environment_are_json(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``HMS_ZONES`` and the like; a text stays a text even when it looks like a number."""
    monkeypatch.setenv("HMS_DISPLAY__ORIGINS", '["http://a", "http://b"]')
    monkeypatch.setenv("HMS_ZONES", '{"hall-a": ["GM"]}')
    monkeypatch.setenv("HMS_QUEUES__HEAD_START_MINUTES", '{"child": 20}')
    monkeypatch.setenv("HMS_HOSPITAL__NAME", "1234")
    settings = load_settings()
    assert settings.display.origins == ("http://a", "http://b")
    assert settings.zones == {"hall-a": ("GM",)}
    assert settings.queues.head_start_minutes["child"] == 20
    assert settings.queues.head_start_minutes["elderly"] == 15
    assert settings.hospital.name == "1234"


def test_variables_that_are_no_settings_are_left_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session file and the tests have variables of their own."""
    monkeypatch.setenv("HMS_SESSION_FILE", "x")
    monkeypatch.setenv("HMS_TEST_POSTGRES_URL", "x")
    assert load_settings().display.port == 8765


def test_a_zone_may_do_otherwise_than_the_others(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its keys counts by itself, whichever file or variable says it."""
    (here / "hms.toml").write_text(
        '[zones]\n"ward 3.b" = ["GM"]\n[display.zones."ward 3.b"]\nvolume = 40\nrepeat = 2\n'
    )
    zones = '{"ward 3.b": {"volume": 30, "languages": ["ar", "en"]}}'
    monkeypatch.setenv("HMS_DISPLAY__ZONES", zones)
    settings = load_settings()
    ward = settings.display.zones["ward 3.b"]
    assert (ward.volume, ward.repeat, ward.quiet) == (30, 2, None)
    assert ward.languages == ("ar", "en")
    origin = settings.origin("display.zones.ward 3.b.repeat")
    assert str(origin) == f"{here / 'hms.toml'}, line 5"


def test_a_kiosk_is_configured_by_its_name_which_is_no_zone(tmp_path: Path) -> None:
    config = tmp_path / "hms.toml"
    config.write_text(
        '[kiosk]\nhours = "07:00-16:00"\n[kiosk.places."Main hall"]\nqueues = ["GM"]\nhours = ""\n'
    )
    kiosk = load_settings(config).kiosk
    assert (kiosk.hours, kiosk.daily_limit) == ("07:00-16:00", 500)
    place = kiosk.places["Main hall"]
    assert (place.queues, place.hours, place.daily_limit) == (("GM",), "", None)
    config.write_text('[kiosk.places."Main hall"]\nqueue = ["GM"]\n')
    with pytest.raises(SettingsError) as refused:
        load_settings(config)
    assert "line 2: unknown key" in refused.value.message


@pytest.mark.parametrize(
    ("text", "says", "hints"),
    [
        ("[display]\n\nprot = 1", 'line 3: unknown key "display.prot"', "display.port"),
        ("\n[dispaly]\nport = 1", 'line 2: unknown section "dispaly"', "display"),
        ("display = 1", "display is a section", ""),
        ("[display]\nport = '8765'", "line 2: display.port must be a whole number", ""),
        ("[display]\nport = 70000", "from 0 to 65535, not 70000", ""),
        ("[display]\nport = true", "not True", ""),
        ("[display]\nchime = 1", "display.chime must be true or false", ""),
        ("[display]\norigins = 'a'", "display.origins must be a list of texts", ""),
        ("[display]\nspeech = 'loud'", 'must be one of "auto", "off"', ""),
        ("[hospital]\ntimezone = 'Mars/Phobos'", "hospital.timezone must be a time zone", ""),
        ("[hospital]\ntimezone = '../../etc/passwd'", "must be a time zone", ""),
        ("[hospital]\nday_starts_at = '25:00'", "must be a time of day", ""),
        ('[hospital]\nname = "a\\u001b[2J"', "printable", ""),
        ("[zones]\nhall-a = 'GM'", "zones.hall-a must be a list", ""),
        ("[queues]\nhead_start_minutes.chidl = 1", "line 2: unknown key", "child"),
        ("[queues.head_start_minutes]\nchild = -1", "line 2", ""),
        ("[queues]\nhead_start_minutes = 3", "must be a table", ""),
        ("[display]\nquiet = '22-6'", "a stretch of the day", ""),
        ("[zones]\na = []\n[display.zones.b]\nrepeat = 1", 'line 4: unknown zone "b"', ""),
        ("[zones]\na = []\n[display.zones.a]\nvolum = 1", "line 4: unknown key", "a.volume"),
        ("[zones]\na = []\n[display.zones.a]\nvolume = 101", "from 0 to 100", ""),
        ("[zones]\na = []\n[display.zones]\na = 3", "display.zones.a must be a table", ""),
        ("[database]\nurl = 'mysql://root:secret@db'", "database.url must be an address", ""),
        ("[database]\nurl = 'sqlite+aiosqlite:///:memory:'", "a SQLite file", ""),
        ("[display\nport = 1", "hms.toml", ""),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(
    here: Path, text: str, says: str, hints: str
) -> None:
    """What is wrong, where it stands, and what it should be."""
    error = refused(text, here)
    assert says in error.message
    assert str(here / "hms.toml") in error.message
    assert hints in error.hint
    assert "secret" not in error.message
    assert error.exit == 2


def test_a_file_in_another_encoding_is_refused(here: Path) -> None:
    """A file is UTF-8; a mis-read name would be worse than a refusal."""
    (here / "hms.toml").write_bytes(b'[hospital]\nname = "Jos\xe9"\n')
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "near"),
    [("HMS_DATABSE__URL", "HMS_DATABASE__URL"), ("HMS_DISPLAY_PORT", "HMS_DISPLAY__PORT")],
)
def test_an_unknown_variable_is_an_error_with_the_nearest_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, variable: str, near: str
) -> None:
    """A slip in a variable must not silently mean the default."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert variable in caught.value.message
    assert near in caught.value.hint


def test_a_wrong_variable_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable stands where a file and line would."""
    monkeypatch.setenv("HMS_DISPLAY__PORT", "many")
    with pytest.raises(SettingsError, match=r"HMS_DISPLAY__PORT: display\.port must be a whole"):
        load_settings()


def test_an_unknown_flag_is_a_mistake_too(here: Path) -> None:
    """Flags are given by key, and a key must exist."""
    with pytest.raises(SettingsError, match="unknown key"):
        load_settings(flags={"display.prot": 1})


def test_the_example_says_the_defaults(here: Path) -> None:
    """What the example shows as default is the default, and every key is known."""
    example = Path(__file__).resolve().parents[2] / "hms.toml.example"
    settings, blank = load_settings(example), Settings()
    for section in ("hospital", "redis", "display", "security", "backup", "queues"):
        assert getattr(settings, section) == getattr(blank, section), section
    assert settings.patients == blank.patients
    assert "zones" in known_keys()
