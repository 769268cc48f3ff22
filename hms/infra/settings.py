"""What can be configured, its defaults, and where each value came from.

Plain frozen dataclasses read with ``tomllib``: every command pays for this module
at its start (docs/decisions/settings-loader.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from hms.infra.setting_kinds import (
    amounts,
    boolean,
    choice,
    day_time,
    hours,
    language,
    named,
    number,
    slip_template,
    sqlite_path,
    staff_roles,
    text,
    texts,
    time_zone,
    unset,
    wall_privacy,
    web_address,
)

DEFAULT_HEAD_STARTS = {
    "elderly": 15,
    "pregnant": 15,
    "disabled": 15,
    "child": 10,
    "staff": 5,
    "appointment": 0,
    "normal": 0,
}
LAYOUTS = ("auto", "cards", "hero", "list", "portrait")


@dataclass(frozen=True, slots=True)
class Hospital:
    """The hospital itself; ``day_starts_at`` is local time, ``languages`` are BCP 47 tags.

    ``code`` says which hospital of a chain works here; empty: the first one.
    """

    name: str = text("Hospital", max_length=120)
    timezone: str = time_zone("UTC")
    day_starts_at: time = day_time(time(3, 0))
    languages: tuple[str, ...] = texts(("en",))
    code: str = text("", max_length=20)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the truth is kept: ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``."""

    url: str = text("")


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Where the bell is rung past one machine; empty: nowhere."""

    url: str = text("")


@dataclass(frozen=True, slots=True)
class ZoneDisplay:
    """What one zone's screens do otherwise than ``[display]`` says; None: the same."""

    languages: tuple[str, ...] | None = unset(texts(()))
    volume: int | None = unset(number(100, least=0, most=100))
    repeat: int | None = unset(number(1, least=1, most=3))
    quiet: str | None = unset(hours(""))
    layout: str | None = unset(choice("auto", LAYOUTS))
    viewing_metres: int | None = unset(number(0, least=0, most=60))
    screen_inches: int | None = unset(number(55, least=10, most=300))
    slides: str | None = unset(text("", max_length=400))
    night: str | None = unset(hours(""))


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """The display server; ``origins`` are web origins allowed besides its own.

    ``volume`` is in percent, ``quiet`` a stretch of the day without a sound,
    ``speech_command`` the program and arguments of another voice.  ``viewing_metres`` is
    how far away the last seat is (0: not asked), ``screen_inches`` the screen's diagonal;
    ``slides`` a folder (relative to the data directory), ``night`` a stretch of the day
    with a dark screen.
    """

    host: str = text("127.0.0.1")
    port: int = number(8765, least=0, most=65535)
    max_connections: int = number(2_000, least=10, most=50_000)
    origins: tuple[str, ...] = texts(())
    pairing: str = choice("open", ("open", "required"))
    certificate: str = text("")
    key: str = text("")
    privacy: str = wall_privacy()
    public_url: str = web_address("")
    chime: bool = boolean(True)
    chime_sound: int = number(1, least=1, most=3)
    speech: str = choice("auto", ("auto", "off"))
    speech_command: tuple[str, ...] = texts(())
    speech_cache_mb: int = number(64, least=1, most=4096)
    volume: int = number(100, least=0, most=100)
    repeat: int = number(1, least=1, most=3)
    quiet: str = hours("")
    layout: str = choice("auto", LAYOUTS)
    viewing_metres: int = number(0, least=0, most=60)
    screen_inches: int = number(55, least=10, most=300)
    slides: str = text("", max_length=400)
    night: str = hours("")
    zones: dict[str, ZoneDisplay] = named(ZoneDisplay)


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Sessions and sign-in; units are in the names."""

    access_minutes: int = number(15, least=1, most=120)
    refresh_hours: int = number(12, least=1, most=168)
    lock_minutes: int = number(5, least=1, most=240)
    free_tries: int = number(5, least=1, most=20)
    max_wait_seconds: int = number(300, least=1, most=86_400)
    max_failures: int = number(100, least=5, most=100)
    second_factor_roles: tuple[str, ...] = staff_roles(())


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """When `hms serve` backs up (local time), into which folder, and how many it keeps."""

    at: time = day_time(time(2, 0))
    to: str = text("backups")
    keep: int = number(14, least=1, most=3650)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Calling; an emergency is first of all by rule and has no head start to set."""

    head_start_minutes: dict[str, int] = amounts(DEFAULT_HEAD_STARTS, least=0, most=24 * 60)
    max_recalls: int = number(3, least=0, most=100)
    undo_seconds: int = number(30, least=0, most=3600)


@dataclass(frozen=True, slots=True)
class PatientSettings:
    """Reading what is typed of a patient.

    ``region`` is the ISO 3166 country of a phone number that has no country code,
    empty when there is no usual one.
    """

    region: str = text("", max_length=2)


@dataclass(frozen=True, slots=True)
class PrintingSettings:
    """How slips are printed (docs/printing.md).

    ``target`` is the file, the host and port, the USB ids or the name of a CUPS
    queue; ``station`` names the desk whose own printer it is, empty for the one
    that ``hms serve`` drives for all.
    """

    driver: str = choice("none", ("none", "file", "network", "usb", "cups"))
    target: str = text("", max_length=200)
    station: str = text("", max_length=80)
    profile: str = text("default", max_length=40)
    codepage: str = text("", max_length=20)
    width_chars: int = number(42, least=16, most=80)
    width_dots: int = number(512, least=128, most=1600)
    qr: str = choice("raster", ("raster", "native"))
    status: bool = boolean(True)
    timeout_seconds: int = number(5, least=1, most=60)
    language: str = text("", max_length=20)
    font: str = text("", max_length=400)
    logo: str = text("", max_length=400)
    privacy: str = choice("number", ("number", "initials", "alias", "name"))
    template: tuple[str, ...] = slip_template()

    @property
    def on(self) -> bool:
        """Return whether slips are printed at all."""
        return self.driver != "none"


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """The desks and the command line; ``language`` is what they speak."""

    language: str = language("en")


@dataclass(frozen=True, slots=True)
class KioskPlace:
    """What one self-service kiosk does otherwise than ``[kiosk]`` says; None: the same."""

    queues: tuple[str, ...] | None = unset(texts(()))
    hours: str | None = unset(hours(""))
    daily_limit: int | None = unset(number(500, least=1, most=10_000))
    languages: tuple[str, ...] | None = unset(texts(()))


@dataclass(frozen=True, slots=True)
class KioskSettings:
    """Self-service kiosks (docs/kiosk.md).

    No ``queues`` are all of them, no ``hours`` the whole day, no ``languages`` all that the
    page knows; ``places`` are by a kiosk's name.
    """

    queues: tuple[str, ...] = texts(())
    hours: str = hours("")
    daily_limit: int = number(500, least=1, most=10_000)
    per_minute: int = number(10, least=1, most=120)
    idle_seconds: int = number(30, least=5, most=300)
    languages: tuple[str, ...] = texts(())
    cards: bool = boolean(True)
    places: dict[str, KioskPlace] = named(KioskPlace, zones=False)


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """What is logged; ``file`` is relative to the data directory, empty: standard error."""

    level: str = choice("warning", ("debug", "info", "warning", "error"))
    file: str = text("")
    format: str = choice("text", ("text", "json"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a file with its line, an environment variable, a flag."""

    place: str
    line: int | None = None

    def __str__(self) -> str:
        return self.place if self.line is None else f"{self.place}, line {self.line}"


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; immutable, made by ``load_settings`` or directly in a test.

    ``files`` are the configuration files that were read, the strongest first.
    """

    hospital: Hospital = Hospital()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    display: DisplaySettings = field(default_factory=DisplaySettings)
    security: SecuritySettings = SecuritySettings()
    zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    backup: BackupSettings = BackupSettings()
    queues: QueueSettings = field(default_factory=QueueSettings)
    patients: PatientSettings = PatientSettings()
    printing: PrintingSettings = PrintingSettings()
    console: ConsoleSettings = ConsoleSettings()
    kiosk: KioskSettings = field(default_factory=KioskSettings)
    logging: LoggingSettings = LoggingSettings()
    files: tuple[Path, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    @property
    def data_dir(self) -> Path:
        """Return the folder of the SQLite file, or the user's data folder for other databases."""
        path = self.database_file
        return path.parent if path is not None else user_data_dir()

    @property
    def database_file(self) -> Path | None:
        """Return the SQLite file, or None for another kind of database."""
        return sqlite_path(self.database.url or default_database_url())

    def origin(self, key: str) -> Origin:
        """Return where ``key`` ("display.port") has its value from."""
        return self.origins.get(key, DEFAULT)


def user_data_dir() -> Path:
    """Return the folder of the user where data goes when nothing else is configured."""
    return _user_data_dir(os.environ.get("XDG_DATA_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=4)
def _user_data_dir(*_follows_from: str | None) -> Path:
    from platformdirs import user_data_path

    return user_data_path("hms", appauthor=False)


def default_database_url() -> str:
    """Return the address of the database that is used when none is configured."""
    return f"sqlite+aiosqlite:///{user_data_dir() / 'hms.db'}"


def load_settings(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings: flags, ``HMS_*`` environment, files, defaults, strongest first.

    Args:
        config: the file of ``--config``; None looks for ``./hms.toml``.
        flags: values from the command line by key (``{"display.port": 9000}``).

    Raises:
        SettingsError: an unknown key or variable, a wrong type, a missing or broken file.
    """
    from hms.infra.settings_load import gather

    return gather(config, flags or {}, os.environ)
