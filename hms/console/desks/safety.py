"""The administrator's line: how old the last good backup is, and what of the rest needs a hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from hms.features.upkeep import service as upkeep
from hms.kit.base import HmsScreen
from hms.kit.tui_text import one_line

if TYPE_CHECKING:
    from hms.features.upkeep.service import Watch

SEES = "backup.make"


class SafetyLine(Static):
    """One line, two when there is more to say; in words and not in colour alone."""

    DEFAULT_CSS = "SafetyLine { display: none; height: auto; padding: 0 1; color: $hms-muted; }"

    def put(self, watch: Watch) -> None:
        """Show what ``watch`` found."""
        self.display = True
        parts: list[Content | tuple[str, str]] = [_backup(watch)]
        if watch.exposed:
            count = len(watch.exposed)
            first = one_line(watch.exposed[0].rpartition("/")[2] or watch.exposed[0])
            more = f" and {count - 1} more" if count > 1 else ""
            said = f"\nPROBLEM: others may read {first}{more}; see hms check"
            parts.append((said, "bold $hms-bad"))
        self.update(Content.assemble(*parts))


def _backup(watch: Watch) -> tuple[str, str]:
    if watch.backup_at is None:
        return ("PROBLEM: there is no backup yet; make one with: hms backup", "bold $hms-bad")
    age = _age(watch.now - watch.backup_at)
    if watch.backup_old:
        return (f"PROBLEM: the last good backup is {age} old; see hms check", "bold $hms-bad")
    return (f"Backup: {age} old, restored on trial and found good", "$hms-muted")


def _age(age: timedelta) -> str:
    minutes = max(0, age // timedelta(minutes=1))
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"


async def load_safety(desk: HmsScreen[None]) -> None:
    """Look and show the line to whoever keeps the hospital's data."""
    if desk.host.may(SEES):
        desk.query_one(SafetyLine).put(await desk.ask(upkeep.watch_over))
