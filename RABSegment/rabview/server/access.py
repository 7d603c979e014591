"""Who may use the page: its own address, its own origin, and the token where there is one."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

PAGES = ("/", "/index.html")  # what another site may link to


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
