"""The administrator's line: how old the last good backup is, and what of the rest needs a hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from hms.features.upkeep import service as upkeep
from hms.kernel.i18n import phrase, tr
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
            told = (
                phrase(
                    "PROBLEM: others may read {first} and {count} more; see hms check",
                    first=first,
                    count=count - 1,
                )
                if count > 1
                else phrase("PROBLEM: others may read {first}; see hms check", first=first)
            )
            parts.append(("\n" + tr(told), "bold $hms-bad"))
        self.update(Content.assemble(*parts))


def _backup(watch: Watch) -> tuple[str, str]:
    if watch.backup_at is None:
        none = phrase("PROBLEM: there is no backup yet; make one with: hms backup")
        return (tr(none), "bold $hms-bad")
    age = _age(watch.now - watch.backup_at)
    if watch.backup_old:
        old = phrase("PROBLEM: the last good backup is {age} old; see hms check", age=age)
        return (tr(old), "bold $hms-bad")
    good = phrase("Backup: {age} old, restored on trial and found good", age=age)
    return (tr(good), "$hms-muted")


def _age(age: timedelta) -> str:
    minutes = max(0, age // timedelta(minutes=1))
    if minutes < 120:
        return phrase("{minutes} min", minutes=minutes)
    hours = minutes // 60
    return (
        phrase("{hours} h", hours=hours) if hours < 72 else phrase("{days} days", days=hours // 24)
    )


async def load_safety(desk: HmsScreen[None]) -> None:
    """Look and show the line to whoever keeps the hospital's data."""
    if desk.host.may(SEES):
        desk.query_one(SafetyLine).put(await desk.ask(upkeep.watch_over))
