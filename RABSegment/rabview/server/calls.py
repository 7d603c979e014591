"""What the page may call through its socket: few of trame's calls, and each with arguments that make sense.

trame would let any page end the server, send pictures to the other pages, write into any variable of the state, and
would answer an error with a traceback that tells where the program lies.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import wslink.protocol
from wslink.chunking import UnChunker

from rabview.variables import ABOUT, Reader, read_variables, text

from .mouse import read_event, read_size

LARGEST_MESSAGE = 2**20  # bytes; the page sends names, numbers and places of the mouse
_MOST_UNFINISHED = 8  # messages of which only a part has come, for each page
_MOST_ARGUMENTS = 16
_LIFE_CYCLE = ("client_connected", "client_mounted", "client_unmounted", "client_exited")
_NAME = text(256)

Check = Callable[..., tuple[Any, ...]]


class _NothingToDoError(Exception):
    """What the page sent is no mistake, but means nothing here."""


def restrict_calls(handler: Any, triggers: Collection[str], variables: Mapping[str, Reader]) -> None:
    """Leave the calls that the page needs, and look at what comes with them.

    Args:
        handler: of the sockets; a WslinkHandler.
        triggers: names that the page may ask for.
        variables: {name: its reader} of what the page may set.
    """
    checks: dict[str, Check] = {
        "trame.state.get": lambda: (),
        "trame.state.update": lambda changes: _variables(variables, changes),
        "trame.trigger": lambda name, arguments=None, named=None: _trigger(triggers, name, arguments, named),
        "trame.lifecycle.update": _life_cycle,
        "trame.rca.event": lambda area, _origin, event: (_NAME(area), "page", _event(event)),
        "trame.rca.size": lambda area, _origin, size: (_NAME(area), "page", read_size(size)),
        "trame.rca.reset": lambda area: (_NAME(area),),
    }
    handler.functionMap = {
        name: (owner, _checked(method, checks[name]))
        for name, (owner, method) in handler.functionMap.items()
        if name in checks
    }
    take = handler.onMessage

    async def take_or_drop(is_binary: bool, message: Any, client_id: str) -> None:
        """A message that is none costs the page that sent it nothing, and the others neither."""
        if is_binary:
            try:
                await take(is_binary, message, client_id)
            except Exception as error:
                logging.debug("a message was dropped: %r", error)

    handler.onMessage = take_or_drop


def let_pages_go(handler: Any) -> None:
    """What was still to be sent to a page that is gone is no error: wslink would print where it arose.

    Args:
        handler: of the sockets; a WslinkHandler.
    """
    for name in ("sendWrappedMessage", "sendWrappedError"):
        setattr(handler, name, _unless_gone(getattr(handler, name)))


def _unless_gone(send: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def sent(*arguments: Any, **named: Any) -> None:
        with contextlib.suppress(ConnectionError):
            await send(*arguments, **named)

    return sent


def limit_messages() -> None:
    """Let no page make the server set aside more memory than its messages need."""
    wslink.protocol.UnChunker = _SmallUnChunker


def _checked(method: Callable[..., Any], check: Check) -> Callable[..., Any]:
    async def call(owner: Any, *arguments: Any, **_named: Any) -> Any:
        try:
            useful = check(*arguments)
        except (_NothingToDoError, TypeError, ValueError):
            return None
        try:
            result = method(owner, *useful)
            return await result if inspect.isawaitable(result) else result
        except Exception:
            logging.exception("unexpected")
            return None

    return call


def _variables(known: Mapping[str, Reader], changes: Any) -> tuple[Any, ...]:
    found = read_variables(changes, known)
    if not found:
        raise _NothingToDoError
    return ([{"key": name, "value": value} for name, value in found.items()],)


def _trigger(triggers: Collection[str], name: Any, arguments: Any, named: Any) -> tuple[Any, ...]:
    if not isinstance(name, str) or name not in triggers:
        raise ValueError("no such trigger")
    if arguments is not None and (not isinstance(arguments, list) or len(arguments) > _MOST_ARGUMENTS):
        raise ValueError("no arguments")
    if named is not None and (not isinstance(named, dict) or not ABOUT.keys() >= named.keys()):
        raise ValueError("no named arguments")
    return name, arguments or [], named or {}


def _life_cycle(name: Any) -> tuple[Any, ...]:
    if name not in _LIFE_CYCLE:
        raise ValueError("no event of a page")
    return (name,)


def _event(event: Any) -> dict[str, Any]:
    found = read_event(event)
    if found is None:
        raise _NothingToDoError
    return found


class _SmallUnChunker(UnChunker):
    """Puts the messages of one page together, if they are of reasonable size."""

    def set_max_message_size(self, size: int) -> None:
        super().set_max_message_size(min(size, LARGEST_MESSAGE))

    def process_chunk(self, chunk: bytes) -> Any:
        if len(self.pending_messages) > _MOST_UNFINISHED:
            self.release_pending_messages()
        return super().process_chunk(chunk)
