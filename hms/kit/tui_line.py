"""A terminal whose line drops: what is painted then is lost, and the program ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class Line:
    """A terminal to write to that never fails; ``dropped`` is called once when it is gone.

    Textual writes from a thread of its own.  An error there would end the thread, and the
    program would wait for ever to hand it the next piece.
    """

    def __init__(self, terminal: IO[str], dropped: Callable[[], object]) -> None:
        self._terminal = terminal
        self._dropped = dropped
        self._gone = False

    def write(self, text: str) -> int:
        """Write ``text``, or lose it."""
        return self._try(self._terminal.write, text) or 0

    def flush(self) -> None:
        """Flush, or lose what was written."""
        self._try(self._terminal.flush)

    def fileno(self) -> int:
        """Return the terminal's file number."""
        return self._terminal.fileno()

    def _try(self, do: Callable[..., Any], *args: object) -> Any:
        if self._gone:
            return None
        try:
            return do(*args)
        except OSError:
            self._gone = True
            self._dropped()
            return None


class LastingDriver(LinuxDriver):
    """Textual's driver, ending the app when its terminal is gone."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if self._file is not None:
            line: Any = Line(self._file, self._hung_up)
            self._file = line

    def _hung_up(self) -> None:
        self._loop.call_soon_threadsafe(self._app.exit)
