"""``hms install-units``: systemd units for the server, the wall, the periodic work and a kiosk."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hms.infra.settings import Settings
from hms.kernel.errors import InvalidInput, NotPermitted
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.commands import UsageMistake, confirm
from hms.kit.invocation import current
from hms.kit.output import say, show_json

SYSTEM_FOLDER = Path("/etc/systemd/system")
KIOSK = "hms-kiosk.service"


class UnitsRefused(NotPermitted):
    """The units cannot be written where they belong."""

    code = "units.refused"
    hint = "run it as root, or print them with --dry-run"


def install_units(
    user: Annotated[
        str, typer.Option("--user", help="The service user that owns the data directory.")
    ] = "hms",
    to: Annotated[
        Path, typer.Option("--to", help="Folder for the units.", show_default=True)
    ] = SYSTEM_FOLDER,
    wall: Annotated[
        str | None,
        typer.Option("--wall", metavar="URL", help="What the kiosk shows; by default this wall."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the units and write nothing.")
    ] = False,
) -> None:
    """Write hardened systemd units for this installation; nothing is started."""
    settings = current().settings()
    if not user.replace("-", "").replace("_", "").isalnum() or not user.isascii():
        raise UsageMistake("--user: the name of a user of this machine")
    units = make_units(settings, user, wall or _wall_of(settings))
    if not dry_run:
        _write(to, units)
    if current().json:
        listed = [
            {"name": name, "path": str(to / name), "content": text} for name, text in units.items()
        ]
        show_json({"written": not dry_run, "units": listed})
    elif dry_run:
        for name, text in units.items():
            typer.echo(f"# {show(to / name)}\n{text}")
    else:
        for name in units:
            typer.echo(show(to / name))
        say("now: systemctl daemon-reload && systemctl enable --now hms-serve.service")
        say(
            phrase(
                "the others are for other machines, {kiosk} for the one at the wall", kiosk=KIOSK
            )
        )


def make_units(settings: Settings, user: str, wall: str) -> dict[str, str]:
    """Return the units by file name.

    Raises:
        InvalidInput: a path or address holds what a unit cannot.
    """
    here = Path(sys.executable).parent
    config = "".join(f" --config {_quoted(path)}" for path in settings.files[:1])
    work = _hardened(settings, user)
    serve = f"{_quoted(here / 'hms')}{config} serve"
    display = f"{_quoted(here / 'hms-display')}{config}"
    return {
        "hms-serve.service": _service(
            "HMS: wall displays, periodic work and nightly backup", serve, work, steady=True
        ),
        "hms-display.service": _service(
            "HMS: wall displays alone (read-only)", display, work, steady=True
        ),
        "hms-periodic.service": _service(
            "HMS: periodic work where no hms serve runs", f"{serve} --once", work, steady=False
        ),
        "hms-periodic.timer": _TIMER,
        KIOSK: _KIOSK.format(wall=_plain(wall)),
    }


def _service(about: str, command: str, work: str, *, steady: bool) -> str:
    lasting = "Type=exec\nRestart=always\nRestartSec=2" if steady else "Type=oneshot"
    wanted = "\n[Install]\nWantedBy=multi-user.target\n" if steady else ""
    return (
        f"[Unit]\nDescription={about}\n"
        "After=network-online.target postgresql.service\nWants=network-online.target\n"
        f"StartLimitIntervalSec=0\n\n[Service]\n{lasting}\nExecStart={command}\n{work}{wanted}"
    )


_TIMER = """\
[Unit]
Description=HMS: periodic work where no hms serve runs

[Timer]
OnCalendar=*:0/15
Persistent=true

[Install]
WantedBy=timers.target
"""

# Every directive was read back by systemd-analyze; what each is for: docs/deployment.md.
_HARDENED = """\
User={user}
Group={user}
UMask=0077
WorkingDirectory={folder}
ReadWritePaths={writes}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices={no_devices}
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
LimitCORE=0
LimitNOFILE=65536
"""

_KIOSK = """\
# For the machine at the wall, in ~/.config/systemd/user of the user whose session it shows.
[Unit]
Description=HMS: the wall in a browser of its own
PartOf=graphical-session.target
After=graphical-session.target

[Service]
Type=exec
Restart=always
RestartSec=2
ExecStart=/usr/bin/chromium --kiosk --incognito --noerrdialogs --no-first-run \\
    --disable-session-crashed-bubble --disable-infobars --disable-translate \\
    --disable-features=Translate --disable-pinch --overscroll-history-navigation=0 \\
    --autoplay-policy=no-user-gesture-required --check-for-update-interval=31536000 \\
    "{wall}"

[Install]
WantedBy=graphical-session.target
"""


def _hardened(settings: Settings, user: str) -> str:
    from hms.infra.backup.folder import folder_of

    folder, backups = settings.data_dir.resolve(), folder_of(settings).resolve()
    writes = [folder] if backups.is_relative_to(folder) else [folder, backups]
    used = [folder, backups, Path(sys.executable), *settings.files[:1]]
    at_home = any(
        path.is_relative_to(home) for path in used for home in ("/home", "/root", "/run/user")
    )
    return _HARDENED.format(
        user=user,
        folder=_quoted(folder),
        writes=" ".join(_quoted(path) for path in writes),
        home="read-only" if at_home else "yes",
        no_devices="no" if settings.printing.driver == "usb" else "yes",
    )


def _wall_of(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(  # noqa: S104 - compared only
        settings.display.host, settings.display.host
    )
    scheme = "https" if settings.display.certificate else "http"
    return f"{scheme}://{host}:{settings.display.port}/?name=hall"


def _quoted(path: Path) -> str:
    text = _plain(str(path.absolute()))
    return f'"{text}"' if " " in text else text


def _plain(text: str) -> str:
    """Return ``text`` as a unit takes it; what a unit would obey is refused or doubled.

    Raises:
        InvalidInput: it holds a quote, a backslash or a control character.
    """
    if any(character in "\"'\\$" or not character.isprintable() for character in text):
        raise InvalidInput(phrase("{text} holds characters that a unit cannot", text=show(text)))
    return text.replace("%", "%%")


def _write(folder: Path, units: dict[str, str]) -> None:
    old = [
        name
        for name, text in units.items()
        if (folder / name).exists() and (folder / name).read_text(errors="replace") != text
    ]
    if old:
        confirm(phrase("Replace {join} in {folder}?", join=", ".join(old), folder=show(folder)))
    try:
        for name, text in units.items():
            draft = folder / f".{name}.new"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with os.fdopen(os.open(draft, flags, 0o644), "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o644)  # whatever the umask: no secret is in a unit
                file.write(text)
            draft.replace(folder / name)
    except OSError as error:
        raise UnitsRefused(
            phrase(
                "cannot write into {folder}: {strerror}",
                folder=show(folder),
                strerror=error.strerror,
            )
        ) from error
