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

WRONG_TOKEN_SECONDS = 0.5  # guessing is slow
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

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {name.lower(): tuple(request.headers.getall(name)) for name in request.headers}
        refusal = access.refusal(request.method, request.path, headers)
        if refusal:
            return _refused(refusal)
        if access.needs_token and not access.is_session(request.cookies.get(access.cookie, "")):
            return await _asked_for_token(request, access)
        return await handler(request)

    app.middlewares.append(guard)
    app.on_response_prepare.append(add_headers)


async def _asked_for_token(request: web.Request, access: Access) -> web.StreamResponse:
    """The page after its token was shown, or a refusal."""
    token = request.query.get("token", "")
    if request.method == "GET" and request.path in PAGES and access.is_token(token):
        # The page itself goes on to the address without the token: after a redirect the browser would not send the
        # cookie to one who came from another site, and the token would stay in its history.
        answer = web.Response(
            text='<!doctype html><meta http-equiv="refresh" content="0;url=./"><title>Segment Video</title>',
            content_type="text/html",
            headers={"Cache-Control": "no-store"},
        )
        answer.set_cookie(access.cookie, access.session, httponly=True, samesite="Strict")
        return answer
    if token:
        await asyncio.sleep(WRONG_TOKEN_SECONDS)
    return _refused("Open the address that rabsegment view printed, with its token.")


def _refused(reason: str) -> web.Response:
    return web.Response(
        status=403,
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
