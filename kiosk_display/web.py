"""The plain HTTP side: the page from memory, health, and who may open a socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from importlib import resources
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SAFETY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
SOCKET = "/ws"
METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page, kept in memory."""

    kind: str
    data: bytes


def load_page() -> dict[str, Asset]:
    """Return the files of the page by request path; nothing else is ever served."""
    page: dict[str, Asset] = {}
    for file in resources.files("kiosk_display").joinpath("page").iterdir():
        kind = KINDS.get(f".{file.name.rpartition('.')[2]}")
        if kind is not None:
            page[f"/{file.name}"] = Asset(kind, file.read_bytes())
    page["/"] = page.pop("/index.html")
    return page


class Site:
    """Answers plain requests, and decides which may become a socket."""

    def __init__(
        self,
        page: Mapping[str, Asset],
        origins: tuple[str, ...],
        health: Callable[[], tuple[bool, dict[str, object]]],
    ) -> None:
        """Serve ``page``.

        Args:
            page: files by request path.
            origins: web origins that may open a socket besides the server's own.
            health: returns whether all is well, and what ``/healthz`` says.
        """
        self._page = page
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._health = health

    def answer(self, _: ServerConnection, request: Request) -> Response | None:
        """Return the response to ``request``, None when it may become a socket."""
        if request.method not in METHODS:
            return _say(request, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(METHODS)})
        path = request.path.partition("?")[0]
        if path == SOCKET:
            return self._open(request)
        if path == "/healthz":
            well, said = self._health()
            status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
            return _give(request, status, Asset("application/json", json.dumps(said).encode()))
        asset = self._page.get(path)
        if asset is None:
            return _say(request, HTTPStatus.NOT_FOUND)
        return _give(request, HTTPStatus.OK, asset)

    def _open(self, request: Request) -> Response | None:
        if not self.welcomes(request.headers):
            return _say(request, HTTPStatus.FORBIDDEN)
        upgrade = request.headers.get_all("Upgrade")
        if request.method != "GET" or [value.lower() for value in upgrade] != ["websocket"]:
            return _say(request, HTTPStatus.UPGRADE_REQUIRED, {"Upgrade": "websocket"})
        return None

    def welcomes(self, headers: Headers) -> bool:
        """Return whether a page of the request's ``Origin`` may open a socket here."""
        origins, hosts = headers.get_all("Origin"), headers.get_all("Host")
        if not origins:
            return True
        if len(origins) != 1 or len(hosts) != 1:
            return False
        origin = origins[0].lower()
        if origin in self._origins:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc == hosts[0].lower()


def _say(request: Request, status: HTTPStatus, more: Mapping[str, str] | None = None) -> Response:
    text = Asset("text/plain; charset=utf-8", f"{status.phrase}\n".encode())
    return _give(request, status, text, more)


def _give(
    request: Request, status: HTTPStatus, asset: Asset, more: Mapping[str, str] | None = None
) -> Response:
    headers = Headers(
        {
            "Date": formatdate(usegmt=True),
            "Connection": "close",
            "Content-Type": asset.kind,
            "Content-Length": str(len(asset.data)),
            **SAFETY,
            **(more or {}),
        }
    )
    body = b"" if request.method == "HEAD" else asset.data
    return Response(status.value, status.phrase, headers, body)
