"""Gather settings from flags, environment and files; refuse what nobody declared.

Every error names the place (file and line, variable or flag), the key and, for a
slip of the pen, the nearest known key.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from hms.infra.setting_kinds import Check, WrongValue, check_database_url, check_texts
from hms.infra.settings import Origin, Settings, default_database_url
from hms.kernel.errors import InvalidInput
from hms.kernel.i18n import phrase
from hms.kernel.text import show

FILE_NAME = "hms.toml"
SYSTEM_FILE = Path("/etc/hms/hms.toml")
PREFIX = "HMS_"
NOT_SETTINGS = ("HMS_SESSION_FILE", "HMS_REQUIRE_ALL", "HMS_LANG")
NOT_SETTINGS_PREFIX = "HMS_TEST_"

_SECTIONS: dict[str, Any] = {
    item.name: section
    for item, section in ((item, getattr(Settings(), item.name)) for item in fields(Settings))
    if hasattr(section, "__dataclass_fields__")
}
_TABLES = {  # settings that are tables: each entry is a key of its own
    f"{name}.{item.name}": getattr(section, item.name)
    for name, section in _SECTIONS.items()
    for item in fields(section)
    if isinstance(getattr(section, item.name), dict) and "check" in item.metadata
}
_NAMED = {  # tables of tables: each entry is one of a kind, by a name that the hospital gives it
    f"{name}.{item.name}": item.metadata["each"]
    for name, section in _SECTIONS.items()
    for item in fields(section)
    if "each" in item.metadata
}
_OF_ZONES = {  # those whose names are zones
    f"{name}.{item.name}"
    for name, section in _SECTIONS.items()
    for item in fields(section)
    if item.metadata.get("zones")
}
_KEYS: dict[str, Check] = {
    key: item.metadata["check"]
    for name, section in _SECTIONS.items()
    for item in fields(section)
    if "check" in item.metadata
    for key in (
        [f"{name}.{item.name}.{entry}" for entry in _TABLES.get(f"{name}.{item.name}", ())]
        or [f"{name}.{item.name}"]
    )
}
_DATABASE_URL = "database.url"


class SettingsError(InvalidInput):
    """The configuration cannot be used."""

    code = "config.invalid"
    hint = "see docs/configuration.md, or: hms config show --origin"


@dataclass(frozen=True, slots=True)
class _Value:
    key: str
    value: Any
    origin: Origin
    folder: Path  # what a relative path in the value is relative to


def known_keys() -> list[str]:
    """Return every key that can be set, in the order of the documentation."""
    return [*_KEYS, "zones", *(f"{group}.NAME.{name}" for group in _NAMED for name in _each(group))]


def _each(group: str) -> dict[str, Check]:
    """Return the checks of one entry of a table of tables."""
    return {item.name: item.metadata["check"] for item in fields(_NAMED[group])}


def _group_of(key: str) -> str:
    """Return the table of tables that ``key`` lies in, or an empty text."""
    return next((group for group in _NAMED if key.startswith(f"{group}.")), "")


def _names(key: str) -> list[str]:
    """Return the names that lead to ``key`` in a file; those a hospital gives may hold dots."""
    if group := _group_of(key):
        name, _, entry = key.removeprefix(f"{group}.").rpartition(".")
        return [*group.split("."), name, entry]
    return key.split(".", 2)


def gather(config: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Return the settings that the given layers make; see ``settings.load_settings``.

    Raises:
        SettingsError: an unknown key or variable, a wrong type, a missing or broken file.
    """
    files = config_files(config)
    layers: list[Iterator[_Value]] = [
        _from_flags(flags),
        _from_environment(environ),
        *(_from_file(path) for path in files),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for given in layer:
            checked = _check(given)
            if given.key not in values:
                values[given.key] = checked
                origins[given.key] = given.origin
    values.setdefault(_DATABASE_URL, default_database_url())
    return _build(values, origins, tuple(files))


def config_files(config: Path | None) -> list[Path]:
    """Return the configuration files that exist, the strongest first.

    Raises:
        SettingsError: ``config`` does not exist.
    """
    from platformdirs import user_config_path

    if config is not None and not is_file(config):
        raise SettingsError(
            phrase("there is no configuration file {config}", config=show(config)[:200]),
            hint="make one with: hms init",
        )
    first = config if config is not None else Path(FILE_NAME)
    user_file = user_config_path("hms", appauthor=False) / FILE_NAME
    return [path.absolute() for path in (first, user_file, SYSTEM_FILE) if is_file(path)]


def is_file(path: Path) -> bool:
    """Return whether ``path`` is a file; a name that no file can have is none."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for a name too long


def _from_flags(flags: Mapping[str, Any]) -> Iterator[_Value]:
    for key, value in flags.items():
        if value is not None:
            yield _Value(key, value, Origin(f"flag for {key}"), Path.cwd())


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Value]:
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        if name.startswith(NOT_SETTINGS_PREFIX):
            continue
        key = name[len(PREFIX) :].lower().replace("__", ".")
        origin = Origin(f"environment variable {show(name)}")
        if key not in _KEYS and key not in _TABLES and key not in ("zones", *_NAMED):
            names = [PREFIX + known.upper().replace(".", "__") for known in known_keys()]
            raise _unknown("variable", name, origin, names)
        yield from _entries(_Value(key, _from_text(key, environ[name]), origin, Path.cwd()))


def _from_text(key: str, raw: str) -> Any:
    """Read a variable: JSON where the setting is not a text, the text itself where it is."""
    if isinstance(_default(key), str):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _default(key: str) -> Any:
    section, _, name = key.partition(".")
    if not name:
        return {}
    table, _, entry = name.partition(".")
    value = getattr(_SECTIONS[section], table)
    return value[entry] if entry else value


def _from_file(path: Path) -> Iterator[_Value]:
    source, table = _read(path)
    for section, content in table.items():
        place = Origin(show(path), _line_of(source, [section]))
        if section != "zones" and section not in _SECTIONS:
            raise _unknown("section", section, place, [*_SECTIONS, "zones"])
        if not isinstance(content, dict):
            raise SettingsError(
                phrase(
                    "{place}: {section} is a section: write [{section}]",
                    place=place,
                    section=section,
                )
            )
        for name, value in content.items():
            key = f"{section}.{name}"
            for given in _entries(_Value(key, value, place, path.parent)):
                line = _line_of(source, _names(given.key))
                yield replace(given, origin=Origin(show(path), line))


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_text(encoding="utf-8")
        return source, tomllib.loads(source)
    except OSError as error:
        raise SettingsError(
            phrase("{path} cannot be read: {strerror}", path=show(path), strerror=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(phrase("{path} is not UTF-8 text", path=show(path))) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            phrase("{path}: {error}", path=show(path), error=show(error))
        ) from error


def _entries(given: _Value) -> Iterator[_Value]:
    """Split a table into one value for each entry, so that the layers add up."""
    if given.key in _NAMED:
        for entry in _table_of(given):
            yield from _table_of(entry)
    elif given.key == "zones" or given.key in _TABLES:
        yield from _table_of(given)
    else:
        yield given


def _table_of(given: _Value) -> list[_Value]:
    if not isinstance(given.value, dict):
        raise SettingsError(
            phrase("{origin}: {key} must be a table", origin=given.origin, key=given.key),
            field=given.key,
        )
    return [
        replace(given, key=f"{given.key}.{name}", value=value)
        for name, value in given.value.items()
    ]


def _check(given: _Value) -> Any:
    check = _check_of(given)
    try:
        checked = check(given.value)
        if given.key == _DATABASE_URL:
            return check_database_url(checked, given.folder)
        return checked
    except WrongValue as wrong:
        shown = "the value given" if given.key.endswith(".url") else show(repr(given.value))[:60]
        raise SettingsError(
            phrase(
                "{origin}: {key} must be {wrong}, not {shown}",
                origin=given.origin,
                key=show(given.key),
                wrong=wrong,
                shown=shown,
            ),
            field=show(given.key),
        ) from wrong


def _check_of(given: _Value) -> Check:
    if group := _group_of(given.key):
        *_, name, entry = _names(given.key)
        if entry not in _each(group):
            known = [f"{group}.{name}.{one}" for one in _each(group)]
            raise _unknown("key", given.key, given.origin, known)
        return _each(group)[entry]
    if given.key not in _KEYS and not given.key.startswith("zones."):
        raise _unknown("key", given.key, given.origin, list(_KEYS))
    return _KEYS.get(given.key, check_texts)


def _unknown(what: str, name: str, origin: Origin, known: list[str]) -> SettingsError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.4)
    return SettingsError(
        phrase('{origin}: unknown {what} "{name}"', origin=origin, what=what, name=show(name)),
        hint=phrase('did you mean "{near}"?', near=near[0])
        if near
        else "see docs/configuration.md",
        field=show(name),
    )


def _line_of(source: str, path: list[str]) -> int | None:
    """Return the line, from 1, where ``path`` (or what it lies in) stands in TOML text.

    ``tomllib`` keeps no positions.  Reads headers and the first name of each
    line, which is exact unless a multi-line text imitates a key.
    """
    table: list[str] = []
    found: tuple[int, int] = (0, 0)  # names matched, line
    for number, line in enumerate(source.splitlines(), start=1):
        stripped = line.strip()
        here = table
        if stripped.startswith("["):
            here = table = _dotted(stripped.strip("[").partition("]")[0])
        elif "=" in stripped:
            here = table + _dotted(stripped.partition("=")[0])
        if here == path[: len(here)] and len(here) > found[0]:
            found = (len(here), number)
    return found[1] or None


def _dotted(text: str) -> list[str]:
    return ["".join(part) for part in re.findall(r"\"([^\"]*)\"|'([^']*)'|([^.\s]+)", text)]


def _build(
    values: Mapping[str, Any], origins: Mapping[str, Origin], files: tuple[Path, ...]
) -> Settings:
    grouped: dict[str, dict[str, Any]] = {name: {} for name in (*_SECTIONS, "zones")}
    for table, default in _TABLES.items():
        section, _, name = table.partition(".")
        grouped[section][name] = dict(default)
    for group, made in _of_groups(values, origins).items():
        section, _, name = group.partition(".")
        grouped[section][name] = made
    for key, value in values.items():
        section, _, name = key.partition(".")
        if _group_of(key):
            continue
        if section != "zones" and "." in name:
            name, _, entry = name.partition(".")
            grouped[section][name][entry] = value
        else:
            grouped[section][name] = value
    sections = {name: type(blank)(**grouped[name]) for name, blank in _SECTIONS.items()}
    return Settings(**sections, zones=grouped["zones"], files=files, origins=dict(origins))


def _of_groups(
    values: Mapping[str, Any], origins: Mapping[str, Origin]
) -> dict[str, dict[str, Any]]:
    """Return the entries of each table of tables; one of zones must be named as a zone is.

    Raises:
        SettingsError: there is no zone of that name.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {group: {} for group in _NAMED}
    zones = [key.removeprefix("zones.") for key in values if key.startswith("zones.")]
    for key, value in values.items():
        if group := _group_of(key):
            *_, name, entry = _names(key)
            if group in _OF_ZONES and name not in zones:
                raise _unknown("zone", name, origins[key], zones)
            found[group].setdefault(name, {})[entry] = value
    return {
        group: {name: _NAMED[group](**given) for name, given in entries.items()}
        for group, entries in found.items()
    }
