"""A package whose parts are imported at their first use.

Its ``__init__`` says twice where each name lives, once for the type checker and once for
this module; ``tests/house`` compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def at_first_use(
    package: str, parts: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of ``package``; ``parts`` are its modules' names.

    A name that was asked for once is an ordinary one of the package from then on.

    Raises:
        ValueError: a part and a name are called alike; importing the part would hide the name.
    """
    homes = {name: part for part, names in parts.items() for name in names}
    if both := parts.keys() & homes.keys():
        raise ValueError(f"in {package} these are a part and a name: {sorted(both)}")
    own = vars(sys.modules[package])

    def find(name: str) -> Any:
        part = homes.get(name)
        if part is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = own[name] = getattr(import_module(f"{package}.{part}"), name)
        return value

    return find, lambda: sorted({*own, *homes})
