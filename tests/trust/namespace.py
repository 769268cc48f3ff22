"""A network of a test's own on this machine, and a line to it that can be cut without a sound.

A namespace and a pair of virtual cards.  ``cut`` gives each end a wrong address of the
other's card: packets go out as ever and reach nobody, as with a cable pulled behind a
switch.  Nothing is refused and nothing is reset.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
_NOBODY = "02:00:00:00:00:99"


class Namespace:
    """A namespace whose programs reach this machine at the address ``here``."""

    def __init__(self, number: int) -> None:
        self.name = f"hms-test-{number}"
        self._cards = (f"hms{number}a", f"hms{number}b")
        base = f"10.213.{number >> 6 & 255}"
        first = (number & 63) * 4
        self.here, self.there = f"{base}.{first + 1}", f"{base}.{first + 2}"
        self.network = f"{base}.{first}/30"

    def make(self) -> str | None:
        """Make it; return why that is not permitted, None when it is there."""
        near, far = self._cards
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name)
            _ip("addr", "add", f"{self.here}/30", "dev", near)
            _ip("link", "set", near, "up")
            _ip("-n", self.name, "addr", "add", f"{self.there}/30", "dev", far)
            _ip("-n", self.name, "link", "set", far, "up")
        except subprocess.CalledProcessError as error:
            self.remove()
            return str(error.stderr).strip()
        return None

    def cut(self) -> None:
        """Cut the line; nobody is told."""
        near, far = self._cards
        _ip("neigh", "replace", self.there, "lladdr", _NOBODY, "dev", near, "nud", "permanent")
        _ip("-n", self.name, "neigh", "replace", self.here, "lladdr", _NOBODY, "dev", far,
            "nud", "permanent")  # fmt: skip

    def heal(self) -> None:
        """Make the line whole."""
        near, far = self._cards
        _ip("neigh", "del", self.there, "dev", near)
        _ip("-n", self.name, "neigh", "del", self.here, "dev", far)

    def command(self, *words: str) -> list[str]:
        """Return the command that runs ``words`` inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def remove(self) -> None:
        """Remove it; programs inside lose their network."""
        for words in (("link", "del", self._cards[0]), ("netns", "del", self.name)):
            subprocess.run(["ip", *words], stderr=subprocess.DEVNULL, check=False)


def enter(name: str) -> None:
    """Take this process into the namespace; what it opens from now on is inside."""
    with Path("/run/netns", name).open() as place:
        if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Give a namespace with a whole line to it; where none is permitted, the test says so."""
    if not shutil.which("ip"):
        pytest.skip("ip is not installed: apt-get install iproute2")
    made = Namespace(os.getpid() % 16_384)
    refused = made.make() if os.geteuid() == 0 else "only root may"
    if refused:  # no tool is missing: HMS_REQUIRE_ALL cannot ask for it
        pytest.xfail(f"network namespaces are not permitted here: {refused}")
    try:
        yield made
    finally:
        made.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
