"""Where the page is served: an address of this computer, and a port that is free."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from urllib.parse import quote

from rabengine.errors import InputError

from .defaults import PORT

_MORE_PORTS = 100  # that are tried after it
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # and how this computer itself reaches it


def numeric_address(host: str) -> str:
    """The address that a name stands for here.

    Raises:
        InputError: it is no address of this computer.
    """
    try:
        found = socket.getaddrinfo(host or "-", None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise InputError(f"--host {host} is no address of this computer.", "Leave it out, or give one.") from error
    numeric = [str(address[0]).partition("%")[0] for _family, _type, _protocol, _name, address in found]
    # "localhost" may stand for two; the older one is understood by every browser.
    return next((address for address in numeric if "." in address), numeric[0])


def is_loopback(address: str) -> bool:
    """Whether only programs of this computer reach it."""
    return ipaddress.ip_address(address).is_loopback


def free_port(address: str, wanted: int | None) -> int:
    """A port that can be listened on.

    Args:
        address: numeric.
        wanted: None for the usual one or the next that is free, 0 for any.

    Raises:
        InputError: none is free, or the address is not this computer's.
    """
    for port in range(PORT, PORT + _MORE_PORTS) if wanted is None else [wanted]:
        found = _listened(address, port)
        if found is not None:
            return found
    if wanted is None:
        raise InputError(f"The ports {PORT} to {PORT + _MORE_PORTS - 1} are all taken.", "Choose one with --port.")
    raise InputError(f"Port {wanted} is taken, or may not be used.", "Leave --port out to take one that is free.")


def page_address(address: str, port: int, token: str) -> str:
    """What to type into a browser."""
    host = _reachable(address)
    numeric = f"[{host}]" if ":" in host else host
    return f"http://{numeric}:{port}/" + (f"?token={quote(token, safe='')}" if token else "")


def _listened(address: str, port: int) -> int | None:
    """The port if it can be listened on; None if it is taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does it
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise InputError(f"--host {address} is no address of this computer.", "Leave it out.") from error
            return None
        except OverflowError as error:
            raise InputError(f"--port {port} is no port.", "Give one from 1 to 65535, or 0 for any.") from error
        return int(probe.getsockname()[1])


def _reachable(address: str) -> str:
    """How others call this computer where it listens on all of its addresses."""
    if address not in _EVERY_ADDRESS:
        return address
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Asks which way it would go; nothing is sent.
            probe.connect(("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1", 9))
            return str(probe.getsockname()[0])
    except OSError:
        return _EVERY_ADDRESS[address]
