"""What a console shuts behind itself: no way to a shell, no picture or dump of what it shows."""

from __future__ import annotations

import os
import resource
import signal

# Of Textual's own variables, those that cannot record or replay what is on the screen.
HARMLESS = frozenset({"TEXTUAL_ANIMATIONS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FPS"})
STOPPING = ("SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGQUIT")


def confine() -> None:
    r"""Keep whoever sits at this console inside it; to be called before Textual is loaded.

    Ctrl+Z and Ctrl+\ do nothing, also where lines are asked for one by one; a crash leaves no
    core file with a password in it; screenshots, key logs and drivers of Textual's developer
    tools cannot be switched on by a variable that a terminal sends along.
    """
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        if name not in HARMLESS:
            del os.environ[name]
    for name in STOPPING:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
