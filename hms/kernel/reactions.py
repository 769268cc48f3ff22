"""What a feature above does in the transaction of a feature below, which knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hms.kernel.feature import Reaction, load

_registered: dict[str, tuple[str, ...]] = {}


def register(reactions: Iterable[Reaction]) -> None:
    """Make ``reactions`` the ones of this process, in this order; replaces what held before."""
    _registered.clear()
    for reaction in reactions:
        _registered[reaction.to] = (*_registered.get(reaction.to, ()), reaction.target)


def react(to: str, *args: Any) -> None:
    """Call everything that reacts ``to`` this; what one of them raises undoes all."""
    for target in _registered.get(to, ()):
        load(target)(*args)
