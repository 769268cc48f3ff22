"""PyJWT with the half that HMS uses: HS256, which needs hmac alone.

PyJWT imports the cryptography package wherever it finds it, for algorithms that are
pinned away here; that is 50 to 75 ms of every command that asks who acts.  So it is
imported as on a machine without that package.  Only the thread that imports it is told
so, and only meanwhile: drafts, second factors and TLS find cryptography as ever.  Its
client for keys on the web, which no session has, is left out too, with the HTTP client
and the mail parser of Python that it brings.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from threading import get_ident
from types import ModuleType
from typing import Any

LEFT_OUT = "cryptography"
_CLIENT = "jwt.jwks_client"


class _LeavesOut(MetaPathFinder):
    """Finds no ``LEFT_OUT`` for the thread that made it, and leaves everything else to others."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> None:
        if name == LEFT_OUT and get_ident() == self._thread:
            raise ModuleNotFoundError(f"{LEFT_OUT} is left out", name=LEFT_OUT)


def _no_client() -> ModuleType:
    """Return what stands for the module of the client meanwhile."""
    empty = ModuleType(_CLIENT)
    empty.PyJWKClient = None  # type: ignore[attr-defined]
    return empty


_leaves_out, _is_first = _LeavesOut(), "jwt" not in sys.modules
sys.meta_path.insert(0, _leaves_out)
if _is_first:
    sys.modules[_CLIENT] = _no_client()
try:
    import jwt
finally:
    sys.meta_path.remove(_leaves_out)
    if _is_first:
        del sys.modules[_CLIENT]  # whoever wants it gets the real one

__all__ = ["jwt"]
