"""The plain HTTP side: the page from memory, health, and who may open a socket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from importlib import resources
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from kiosk_display.slides import Slides

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
STAFF_SOCKET = "/ws/staff"
KIOSK, KIOSK_SOCKET = "/kiosk", "/ws/kiosk"
SPEECH = "/speech/"
PLACE, PLACE_PAGE, PLACE_NOW = "/t/", "/place.html", "/now"
SLIDES, SLIDE = "/slides", "/slides/"
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
    page[KIOSK] = page.pop("/kiosk.html")
    return page


def version_of(page: Mapping[str, Asset]) -> str:
    """Return a text that is another one whenever a file of the page is."""
    digest = hashlib.sha256()
    for path in sorted(page):
        digest.update(path.encode() + b"\0" + page[path].data + b"\0")
    return digest.hexdigest()[:16]


class Site:
    """Answers plain requests, and decides which may become a socket."""

    def __init__(
        self,
        page: Mapping[str, Asset],
        origins: tuple[str, ...],
        health: Callable[[], tuple[bool, dict[str, object]]],
        audio: Callable[[str], Awaitable[bytes | None]] | None = None,
        places: Callable[[str, str], Awaitable[tuple[HTTPStatus, bytes]]] | None = None,
        slides: Slides | None = None,
    ) -> None:
        """Serve ``page``.

        Args:
            page: files by request path.
            origins: web origins that may open a socket besides the server's own.
            health: returns whether all is well, and what ``/healthz`` says.
            audio: returns the WAV at a path under ``/speech/``, when it is ready soon.
            places: returns status and JSON of one's own place, for a path and an address.
            slides: the pictures of idle walls.
        """
        self._page = page
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._health = health
        self._audio = audio
        self._places = places
        self._slides = slides

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return the response to ``request``, None when it may become a socket."""
        path = request.path.partition("?")[0]
        if path.startswith(SPEECH) and request.method in METHODS:
            wav = None if self._audio is None else await self._audio(path)
            if wav is None:
                return _say(request, HTTPStatus.NOT_FOUND)
            return _give(request, HTTPStatus.OK, Asset("audio/wav", wav))
        if path.startswith(PLACE) and request.method in METHODS and self._places is not None:
            if not path.endswith(PLACE_NOW):  # one page, whatever the address
                return _give(request, HTTPStatus.OK, self._page[PLACE_PAGE])
            peer = connection.remote_address
            status, said = await self._places(path, str(peer[0]) if peer else "")
            return _give(request, status, Asset("application/json", said))
        if (path == SLIDES or path.startswith(SLIDE)) and request.method in METHODS:
            return await self._slide(request, path)
        return self._answer(request)

    async def _slide(self, request: Request, path: str) -> Response:
        if self._slides is None:
            return _say(request, HTTPStatus.NOT_FOUND)
        if path == SLIDES:
            said = await self._slides.listing(request.path.partition("?")[2])
            return _give(request, HTTPStatus.OK, Asset("application/json", said))
        picture = self._slides.picture(path)
        if picture is None:
            return _say(request, HTTPStatus.NOT_FOUND)
        return _give(request, HTTPStatus.OK, Asset("image/jpeg", picture))

    def _answer(self, request: Request) -> Response | None:
        if request.method not in METHODS:
            return _say(request, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(METHODS)})
        path = request.path.partition("?")[0]
        if path in (SOCKET, STAFF_SOCKET, KIOSK_SOCKET):
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
        bare = not (parts.path or parts.query or parts.fragment)
        return parts.scheme in ("http", "https") and bare and parts.netloc == hosts[0].lower()


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
