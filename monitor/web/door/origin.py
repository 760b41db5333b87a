"""From where a request really comes, and by which name it asks for us: what proxies say counts only from ours."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from monitor.web.listener import Connection
from monitor.web.refusing import RefusedError
from probes.resolve import ip_literal

BODY_S: Final = 20.0
"""How long the body of a request may take to arrive."""
_LOOPBACK_NAMES: Final = frozenset({"localhost", "localhost."})
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})
Networks = Sequence[IPv4Network | IPv6Network]


def seen_through(proxies: Networks) -> Middleware:
    """Return the middleware that everything stands behind: `remote` and `secure` then tell of who really asks."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if isinstance(request.protocol, Connection):
            request.protocol.spoke()
        if request.body_exists:
            asyncio.get_running_loop().call_later(BODY_S, _cut, request)
        if is_of(request.remote or "", proxies):
            address = client_address(request.remote or "", _forwarded_for(request), proxies)
            request = request.clone(remote=address, scheme=_scheme(request))
        return await handler(request)

    return middleware


def asked_for_us(url: str | None) -> Middleware:
    """Return the middleware that answers only to our own names: a page elsewhere may point its name at our address.

    Those are what people type (`url`), names of this machine, and the very address the connection came to.
    """
    known = (urlsplit(url or "").hostname or "").rstrip(".").lower()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "Content-Encoding" in request.headers:
            raise RefusedError(415, "không nhận nội dung nén", "gửi nội dung không nén")
        if (request.charset or "utf-8").lower() not in _CHARSETS:  # some make half characters, or take long
            raise RefusedError(415, "chỉ nhận văn bản UTF-8", "gửi nội dung bằng UTF-8")
        host = request.headers.get("Host", "")
        if not _is_socket(request) and not is_ours(host, known, _own_address(request)):
            hint = f"mở {url}" if url else "ghi web.url trong cấu hình, rồi khởi động lại"
            raise RefusedError(421, "tên máy chủ trong yêu cầu không phải của hệ thống này", hint)
        return await handler(request)

    return middleware


def is_secure(request: web.BaseRequest, proxies: Networks) -> bool:
    """Whether the browser came by https: to us, or to a proxy of ours."""
    return request.secure or (is_of(request.remote or "", proxies) and _scheme(request) == "https")


def is_ours(host: str, known: str, own: str) -> bool:
    """Whether a Host header (`name`, `name:port`, `[::1]:port`) names us: `known`, our address `own`, or loopback."""
    name, colon, port = host.rpartition(":")
    if not colon or "]" in port:
        name, port = host, ""
    if not name.isascii() or (port and not port.isdigit()):
        return False
    name = name.lower()
    if known and name.rstrip(".") == known:
        return True
    literal = ip_literal(name.removeprefix("[").removesuffix("]"))
    if literal is None:
        return name in _LOOPBACK_NAMES
    return literal == own or ipaddress.ip_address(literal).is_loopback


def client_address(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """Return who asks: of the chain the last one that is no proxy of ours; what they say of others is not believed."""
    address = peer
    for hop in reversed(forwarded):
        literal = ip_literal(hop.strip().removeprefix("[").removesuffix("]"))
        if literal is None:
            return address
        address = literal
        if not is_of(literal, proxies):
            return address
    return address


def is_of(address: str, networks: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    if not networks or ip_literal(address) is None:
        return False
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks)


def _forwarded_for(request: web.BaseRequest) -> list[str]:
    lines = request.headers.getall("X-Forwarded-For", [])
    return [hop for line in lines for hop in line.split(",")]


def _scheme(request: web.BaseRequest) -> str:
    said = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    return said if said in {"http", "https"} else request.scheme


def _is_socket(request: web.Request) -> bool:
    found = None if request.transport is None else request.transport.get_extra_info("socket")
    return found is not None and found.family == socket.AF_UNIX


def _own_address(request: web.Request) -> str:
    name = None if request.transport is None else request.transport.get_extra_info("sockname")
    return str(name[0]) if isinstance(name, tuple) else ""


def _cut(request: web.Request) -> None:
    """End a connection whose request has still not arrived as a whole."""
    if not request.content.is_eof() and request.transport is not None:
        request.transport.abort()
