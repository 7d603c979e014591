"""Stands before everything that the server offers, its socket and its files alike."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from .access import PAGES, Access

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

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
        return await handler(request)

    app.middlewares.append(guard)
    app.on_response_prepare.append(add_headers)


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
