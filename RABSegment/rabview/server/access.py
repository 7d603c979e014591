"""Who may use the page: its own address, its own origin, and the token where there is one.

`Access` has the rules, and the guard holds to them before everything that the server offers, its socket and its files
alike.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import html
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

PAGES = ("/", "/index.html")  # what another site may link to
WRONG_TOKEN_SECONDS = 0.5  # for each guess, one after the other, over however many connections they come
MOST_GUESSES = 20  # that wait for their turn
SOCKET = "/ws"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HEADERS = {
    "Server": "rabsegment",  # without versions
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access:
    """The rules of one server.

    Args:
        host: numeric address that it listens on.
        port: that it listens on.
        token: that the page asks for; empty where every program of this computer may use it.

    Attributes:
        cookie: name of the cookie that stands for the token once it was shown; servers on other ports have others.
        session: value of that cookie.
    """

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self.cookie = f"rabsegment-{port}"
        self.session = secrets.token_urlsafe(32)
        self._token = token
        self._hosts = _names(host, port)

    @property
    def needs_token(self) -> bool:
        return bool(self._token)

    def is_token(self, text: str) -> bool:
        """Whether it is the token; takes as long whatever is wrong with it."""
        return self.needs_token and hmac.compare_digest(text.encode(), self._token.encode())

    def is_session(self, text: str) -> bool:
        """Whether it is what the cookie holds."""
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.session.encode())

    def refusal(self, method: str, path: str, headers: Mapping[str, Sequence[str]]) -> str:
        """Why a request is refused whatever token it has; empty when it is not.

        Args:
            method: of HTTP.
            path: without the query.
            headers: all values by name, which is in small letters.
        """
        hosts, origins = headers.get("host", ()), headers.get("origin", ())
        if len(hosts) != 1 or (self._hosts and hosts[0].lower() not in self._hosts):
            # A name that somebody else made lead to this computer; the browser would hold our page for theirs.
            return "The page is served under another address."
        if len(origins) > 1 or any(not _is_own(origin, hosts[0]) for origin in origins):
            return "Pages of other origins may not use this server."
        if not _is_own_fetch(method, path, headers):
            return "Other sites may not use this server."
        return ""


def _names(host: str, port: int) -> frozenset[str]:
    """What a browser of this computer calls the server; none for an address of the network, which may have any name."""
    if not ipaddress.ip_address(host).is_loopback:
        return frozenset()
    numeric = f"[{host}]" if ":" in host else host
    names = {f"{name}:{port}" for name in (numeric, "localhost")}
    return frozenset(names | {name.removesuffix(":80") for name in names})


def _is_own(origin: str, host: str) -> bool:
    """Whether an origin is that of the page; a proxy in front of the server may speak TLS."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and found.netloc.lower() == host.lower()


def _is_own_fetch(method: str, path: str, headers: Mapping[str, Sequence[str]]) -> bool:
    """Whether the browser says that the page itself asks, or that the user goes to it."""

    def values(name: str) -> list[str]:
        return [value.strip().lower() for value in headers.get(f"sec-fetch-{name}", ())]

    if set(values("site")) <= {"same-origin", "none"}:
        return True
    is_visit = values("mode") == ["navigate"] and values("dest") == ["document"]
    return method == "GET" and path in PAGES and is_visit


def install_guard(app: web.Application, access: Access, pages: Path) -> None:
    """Let nobody past but those whom the rules allow, and tell browsers what the page needs.

    Args:
        app: before it starts.
        access: the rules.
        pages: folder of the page; the scripts that are written into it may run.
    """
    policy = _content_policy((pages / "index.html").read_text(encoding="utf-8"))

    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update({**_HEADERS, "Content-Security-Policy": policy})

    guesses = _Guesses(access)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {name.lower(): tuple(request.headers.getall(name)) for name in request.headers}
        refusal = access.refusal(request.method, request.path, headers)
        if refusal:
            return _refused(refusal)
        if access.needs_token and not access.is_session(request.cookies.get(access.cookie, "")):
            return await _asked_for_token(request, access, guesses)
        if request.path == SOCKET and not web.WebSocketResponse().can_prepare(request).ok:
            return _refused("This is the address of the page's socket.", 426)
        try:
            return await handler(request)
        except Exception as error:
            if not _has_left(error):
                raise
            return web.Response(status=400)  # nobody reads it

    app.middlewares.append(guard)
    app.on_response_prepare.append(add_headers)


def _has_left(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, is that the browser closed its connection.

    A tab may go while its socket is opened; what serves the socket then stumbles over what it has not noted yet.
    """
    while error is not None:
        if isinstance(error, ConnectionError):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Guesses:
    """Looks at tokens one after the other, for guesses come over many connections at once.

    Args:
        access: knows the token.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._turn = asyncio.Lock()
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether so many wait that nobody else may."""
        return self._waiting >= MOST_GUESSES

    async def is_right(self, token: str) -> bool:
        """Whether it is the token; a wrong one holds up those that come after it."""
        self._waiting += 1
        try:
            async with self._turn:
                is_right = self._access.is_token(token)
                if not is_right:
                    await asyncio.sleep(WRONG_TOKEN_SECONDS)
                return is_right
        finally:
            self._waiting -= 1


async def _asked_for_token(request: web.Request, access: Access, guesses: _Guesses) -> web.StreamResponse:
    """The page after its token was shown, or a refusal."""
    token = request.query.get("token", "")
    if token and guesses.is_full:
        return _refused("Too many wrong tokens were tried. Wait a little.", 429)
    is_right = bool(token) and await guesses.is_right(token)
    if request.method == "GET" and request.path in PAGES and is_right:
        # The page itself goes on to the address without the token: after a redirect the browser would not send the
        # cookie to one who came from another site, and the token would stay in its history.
        answer = web.Response(
            text='<!doctype html><meta http-equiv="refresh" content="0;url=./"><title>Segment Video</title>',
            content_type="text/html",
            headers={"Cache-Control": "no-store"},
        )
        answer.set_cookie(access.cookie, access.session, httponly=True, samesite="Strict")
        return answer
    return _refused("Open the address that rabsegment view printed, with its token.")


def _refused(reason: str, status: int = 403) -> web.Response:
    return web.Response(
        status=status,
        text=f"<!doctype html><title>Not allowed</title><p>{html.escape(reason)}</p>",
        content_type="text/html",
        headers={"Cache-Control": "no-store"},
    )


def _content_policy(page: str) -> str:
    """What the page may load: its own files alone. Vue makes functions of its templates, which is an evaluation."""
    inline = [hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page)]
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in inline)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'unsafe-eval'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
