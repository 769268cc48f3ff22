"""What a screen shows, read back from what Textual would paint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.color import Color
from textual.strip import Strip

from hms.kit.base import HmsScreen
from hms.kit.tui_app import HmsApp
from tests.kit.contrast import ratio


class OneScreen(HmsApp):
    """An app with one screen; ``person`` and ``owner`` as after a sign-in."""

    person = "Dr. Test"
    place = "St. Test"
    owner = "test"

    def __init__(self, screen: HmsScreen[Any], **kw: Any) -> None:
        super().__init__(**kw)
        self.first = screen

    def on_mount(self) -> None:
        """Show it."""
        self.push_screen(self.first)


def strips(app: App[Any]) -> list[Strip]:
    """Return the painted lines."""
    width, height = app.size
    painted = app.screen._compositor.render_strips()
    return [strip.crop(0, width) for strip in painted[:height]]


def lines(app: App[Any]) -> list[str]:
    """Return the text of the painted lines."""
    return [strip.text.rstrip() for strip in strips(app)]


def shown(app: App[Any]) -> str:
    """Return the text of the screen."""
    return "\n".join(lines(app))


def pale(app: App[Any], least: float = 4.5) -> Iterator[tuple[str, float]]:
    """Give every painted text whose contrast is below ``least``, with its ratio."""
    for strip in strips(app):
        for segment in strip:
            style = segment.style
            if not segment.text.strip() or style is None or style.color is None:
                continue
            front = Color.from_rich_color(style.color)
            back = Color.from_rich_color(style.bgcolor) if style.bgcolor else Color(0, 0, 0)
            if style.reverse:
                front, back = back, front
            found = ratio(front, back)
            if found < least and not set(segment.text.strip()) <= set("│─╭╮╰╯▁▂▃▄▅▆▇█▊▎ "):
                yield segment.text, found
