"""The kinds of values a setting can have, and how each is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hms.infra import languages
from hms.infra.printing import template
from hms.kernel.actor import STAFF_ROLES

Check = Callable[[Any], Any]  # returns the value, or raises WrongValue

SQLITE = "sqlite+aiosqlite:///"
POSTGRESQL = "postgresql+asyncpg://"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = re.compile(f"{_TIME}-{_TIME}")


class WrongValue(Exception):
    """A value that its setting cannot take; says what is expected."""


def _setting(default: Any, check: Check) -> Any:
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata={"check": check})
    return field(default=default, metadata={"check": check})


def text(default: str, *, max_length: int = 1000) -> Any:
    """Declare a text of at most ``max_length`` characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise WrongValue("a text in quotes")
        if len(value) > max_length or not value.isprintable():
            raise WrongValue(f"at most {max_length} printable characters")
        return value

    return _setting(default, check)


def boolean(default: bool) -> Any:
    """Declare a switch."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise WrongValue("true or false")
        return value

    return _setting(default, check)


def number(default: int, *, least: int, most: int) -> Any:
    """Declare a whole number from ``least`` to ``most``."""
    return _setting(default, _whole_number(least, most))


def _whole_number(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise WrongValue(f"a whole number from {least} to {most}")
        return value

    return check


def choice(default: str, allowed: tuple[str, ...]) -> Any:
    """Declare one of a few words."""

    def check(value: Any) -> str:
        if value not in allowed or not isinstance(value, str):
            raise WrongValue("one of " + ", ".join(f'"{word}"' for word in allowed))
        return value

    return _setting(default, check)


def language(default: str) -> Any:
    """Declare a language that the console and the command line speak."""

    def check(value: Any) -> str:
        try:
            return languages.known(value if isinstance(value, str) else "")
        except languages.UnknownLanguage:
            offered = ", ".join(f'"{tag}"' for tag in languages.offered())
            raise WrongValue(f"one of {offered}") from None

    return _setting(default, check)


def check_texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts as a tuple.

    Raises:
        WrongValue: something else.
    """
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item.isprintable() for item in value
    ):
        raise WrongValue('a list of texts such as ["a", "b"]')
    return tuple(value)


def texts(default: tuple[str, ...]) -> Any:
    """Declare a list of texts."""
    return _setting(default, check_texts)


def slip_template() -> Any:
    """Declare the lines of a slip; empty are those of ``template.DEFAULT``."""

    def check(value: Any) -> tuple[str, ...]:
        lines = check_texts(value)
        try:
            template.parse(lines)
        except template.BadTemplate as wrong:
            raise WrongValue(str(wrong)) from wrong
        return lines

    return _setting((), check)


def wall_privacy() -> Any:
    """Declare what walls and voices tell of a person: there is one answer."""

    def check(value: Any) -> str:
        if value != "number":
            raise WrongValue(
                '"number": no wall and no voice ever tells more of a person (for slips there is '
                "[printing] privacy)"
            )
        return "number"

    return _setting("number", check)


def web_address(default: str) -> Any:
    """Declare the beginning of web addresses, or an empty text."""

    def check(value: Any) -> str:
        if value == "":
            return ""
        if isinstance(value, str) and len(value) <= 120 and value.isascii() and value.isprintable():
            scheme, _, rest = value.partition("://")
            host = rest.partition("/")[0]
            plain = not set(rest) & set(' ?#@\\"<>')
            if scheme in ("http", "https") and host and plain:
                return str(value).rstrip("/")
        raise WrongValue('an address such as "http://10.0.0.5:8765"')

    return _setting(default, check)


def hours(default: str) -> Any:
    """Declare a stretch of the day such as ``"22:00-06:00"``; empty: none."""

    def check(value: Any) -> str:
        if isinstance(value, str) and (not value or _HOURS.fullmatch(value)):
            return value
        raise WrongValue('a stretch of the day such as "22:00-06:00", or ""')

    return _setting(default, check)


def unset(declared: Any) -> Any:
    """Declare the same kind of value as ``declared``, with nothing said by default."""
    return field(default=None, metadata=declared.metadata)


def named(of: type, *, zones: bool = True) -> Any:
    """Declare tables of the kind ``of``, each with a name that the hospital gives it.

    With ``zones`` the name must be one of ``[zones]``.
    """
    return field(default_factory=dict, metadata={"each": of, "zones": zones})


def staff_roles(default: tuple[str, ...]) -> Any:
    """Declare a list of roles: one that is misspelt would protect nobody."""

    def check(value: Any) -> tuple[str, ...]:
        known = [role.value for role in STAFF_ROLES]
        given = check_texts(value)
        if not set(given) <= set(known):
            raise WrongValue("a list of roles out of " + ", ".join(known))
        return given

    return _setting(default, check)


def time_zone(default: str) -> Any:
    """Declare a time zone of the IANA database."""

    def check(value: Any) -> str:
        if isinstance(value, str):
            try:
                ZoneInfo(value)
            except (ValueError, OSError, KeyError):
                pass
            else:
                return value
        raise WrongValue('a time zone such as "Asia/Kolkata"')

    return _setting(default, check)


def day_time(default: time) -> Any:
    """Declare a time of day, hours and minutes."""

    def check(value: Any) -> time:
        if isinstance(value, time) and value.tzinfo is None:
            return value.replace(second=0, microsecond=0)
        if isinstance(value, str) and len(value) == 5:
            try:
                return time.fromisoformat(value)
            except ValueError:
                pass
        raise WrongValue('a time of day such as "03:00"')

    return _setting(default, check)


def amounts(default: Mapping[str, int], *, least: int, most: int) -> Any:
    """Declare a table of whole numbers; each entry is a key of its own."""
    return _setting(dict(default), _whole_number(least, most))


def check_database_url(url: str, folder: Path) -> str:
    """Return ``url`` with a relative SQLite path made absolute against ``folder``.

    Raises:
        WrongValue: another kind of database, or a SQLite database without a file.
    """
    if url.startswith(POSTGRESQL):
        return url
    if not url.startswith(SQLITE):
        raise WrongValue(f'an address such as "{SQLITE}hms-data/hms.db" or "{POSTGRESQL}…"')
    rest = url[len(SQLITE) :].partition("?")[0]
    if not rest or ":memory:" in rest:
        raise WrongValue("a SQLite file: several processes share it")
    path = Path(rest).expanduser()
    return f"{SQLITE}{path if path.is_absolute() else folder.absolute() / path}"


@lru_cache(maxsize=8)
def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite address, None for another database."""
    if not url.startswith(SQLITE):
        return None
    return Path(url[len(SQLITE) :].partition("?")[0])
