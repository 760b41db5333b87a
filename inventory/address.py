"""Addresses of targets and checks: where they come from, which are refused. No look-ups, no I/O."""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

from inventory.model import OWN_KIND

URL_KINDS = frozenset({"http"})
"""Kinds whose address is a URL; all others take an IP address or a host name."""
PORT_KINDS = frozenset({"tcp"})
"""Kinds that need a port, from their options or behind the address."""
PASSIVE_KINDS = frozenset({"heartbeat"})
"""Kinds that are told by the target itself: their address is the asset's code, and the target needs none."""
UNASKED_KINDS = PASSIVE_KINDS | {OWN_KIND}
"""Kinds that send nothing: these, and the one by which the monitor watches itself."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_NOBODY = "không phải địa chỉ của một thiết bị"
_MULTICAST = "là địa chỉ multicast"
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_MOST_NAME = 253
"""RFC 1035, without the closing dot."""
_MOST_DIGITS = 20
"""More than anybody writes; Python refuses to read numbers of thousands."""
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:]+)):(?P<port>[0-9]{1,5})")


@lru_cache(maxsize=64)
def parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an IP address; ValueError when it is none. Remembers the last few: a target's is asked for several times."""
    return ipaddress.ip_address(host)


def host_problem(host: str, site: Network | None = None) -> str:
    """Say why `host` (IP address or name) cannot be watched, "" when it can. `site` is the network it lies in."""
    try:
        address = parsed(host)
    except ValueError:
        return _name_problem(host)
    wrong = ""
    if isinstance(address, ipaddress.IPv4Address):
        wrong = _ipv4_problem(address, site)
    elif address.is_unspecified:
        wrong = _NOBODY
    elif address.is_multicast:
        wrong = _MULTICAST
    return f"{host} {wrong}" if wrong else ""


def _ipv4_problem(address: ipaddress.IPv4Address, site: Network | None) -> str:
    refused = [
        (address in _THIS_NETWORK, _NOBODY),
        (address.is_multicast, _MULTICAST),
        (address == _BROADCAST, "là địa chỉ broadcast"),
        (address.is_reserved, "thuộc dải dành riêng, không dùng được"),
    ]
    # RFC 3021: networks of one or two addresses have neither.
    if isinstance(site, ipaddress.IPv4Network) and site.num_addresses > 2 and address in site:  # noqa: PLR2004
        refused += [
            (address == site.network_address, f"là địa chỉ mạng của {site}"),
            (address == site.broadcast_address, f"là địa chỉ broadcast của {site}"),
        ]
    return next((text for is_refused, text in refused if is_refused), "")


def _name_problem(host: str) -> str:
    labels = host.removesuffix(".").split(".")
    # 127.1, 0x7f000001, 010.1.1.1: resolvers read such numbers as other addresses than people do.
    if _HOST_PORT.fullmatch(host):
        return f"'{host}' có cả cổng, ở đây chỉ ghi địa chỉ"
    if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]) or ":" in host:
        return f"'{host}' không phải địa chỉ IP đúng"
    try:
        ascii_labels = [label.encode("idna").decode() for label in labels]
    except UnicodeError:
        return f"'{host}' không phải địa chỉ IP hay tên máy đúng"
    name = ".".join(ascii_labels)
    if len(name) > _MOST_NAME or not all(map(_LABEL.fullmatch, ascii_labels)):
        return f"'{host}' không phải địa chỉ IP hay tên máy đúng"
    return ""


def url_problem(url: str, site: Network | None = None) -> str:
    """Say why `url` cannot be watched, "" when it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "không phải URL đúng"
    if parts.username is not None or parts.password is not None:
        return "URL không được chứa tài khoản, mật khẩu"  # and is not quoted for that reason
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"'{url}' không phải URL của trang web"
    if port == 0 or any(letter.isspace() for letter in url):
        return f"'{url}' không phải URL đúng"
    return host_problem(parts.hostname, site)


def is_url(address: str) -> bool:
    """Whether it has a scheme."""
    return "://" in address


def address_problem(address: str, site: Network | None = None) -> str:
    """Say why a target's address (URL, IP address or name) cannot be used, "" when it can."""
    return url_problem(address, site) if is_url(address) else host_problem(address, site)


def address_remedy(address: str) -> str:
    """Say how to mend an address that `address_problem` or `address_for` refuses, "" when nobody can know."""
    if is_url(address):
        return _url_remedy(address)
    match = _HOST_PORT.fullmatch(address)
    if match:
        host, port = match["v6"] or match["host"], match["port"]
        return (
            f"ghi address: {host}; cổng thuộc về phép đo: options: {{port: {port}}}, "
            f'hoặc address: "{{address}}:{port}" của phép đo'
        )
    if re.fullmatch(r"[0-9.]+", address):
        return _quad_remedy(address.split("."))
    if not address or not host_problem(address).startswith("'"):
        return ""  # rightly written, and no device's
    if ":" in address:
        return "địa chỉ IPv6 viết như 2001:db8::7, đặt trong dấu nháy"
    return "tên máy không có dấu cách, ví dụ cong.quangngai.gov.vn"


def _url_remedy(url: str) -> str:
    if "@" in url:
        return "bỏ phần đứng trước dấu '@'"
    return "viết như https://cong.quangngai.gov.vn/ hoặc http://10.51.7.1:8080/" if url_problem(url) else ""


def _quad_remedy(parts: list[str]) -> str:
    if len(parts) != 4 or not all(parts):  # noqa: PLR2004 (an IPv4 address has four)
        return "địa chỉ IPv4 gồm bốn số, ví dụ 10.51.7.1"
    if any(len(part) > _MOST_DIGITS or int(part) > 255 for part in parts):  # noqa: PLR2004 (one byte)
        return "mỗi số trong địa chỉ IPv4 từ 0 đến 255"
    if any(len(part) > 1 and part.startswith("0") for part in parts):
        return "bỏ số 0 ở đầu: " + ".".join(str(int(part)) for part in parts)
    return ""


def needs_address(kind: str, template: str | None) -> bool:
    """Whether a check of `kind` can only be made of a target that has an address."""
    return kind not in UNASKED_KINDS or "{address}" in (template or "")


def address_for(kind: str, address: str, template: str | None, port: int | None, *, target_id: str) -> str:
    """Return what a check of `kind` gets, from its target's address and id.

    A kind of URLs gets the target's URL as it is, or the template around a bare address; a passive kind gets an
    asset's code, the target's id unless a template says otherwise; another kind gets the host of a URL. `port` is the
    check's own option. Raises ValueError (Vietnamese) when the result cannot be probed.
    """
    if kind in URL_KINDS:
        result = address if is_url(address) else _around(address, template, target_id)
        wrong = url_problem(result)
        if wrong and not is_url(result):
            wrong = f"phép đo {kind} cần URL, địa chỉ đang là '{result}'; viết https://{result}/ hoặc http://{result}/"
    elif kind in UNASKED_KINDS:
        result = _around(address, template or "{target}", target_id)
        wrong = _asset_problem(result)
    else:
        host = (urlsplit(address).hostname or "") if is_url(address) else address
        result = _around(host, template, target_id)
        match = _HOST_PORT.fullmatch(result)
        has_port = match is not None and kind in PORT_KINDS
        wrong = host_problem((match["v6"] or match["host"]) if match and has_port else result)
        if not wrong and kind in PORT_KINDS and not has_port and port is None:
            wrong = f"phép đo {kind} cần cổng; thêm options: {{port: ...}}"
    if wrong:
        raise ValueError(wrong)
    return result


def _around(host: str, template: str | None, target_id: str) -> str:
    if not template:
        return host
    filled = template.replace("{address}", f"[{host}]" if ":" in host else host)
    return filled.replace("{target}", target_id)


def _asset_problem(code: str) -> str:
    if is_asset_code(code):
        return ""
    return f"'{code}' không phải mã tài sản: chỉ gồm A-Z, a-z, 0-9, '.', '_', '-', tối đa 64 ký tự"


def is_asset_code(text: str) -> bool:
    """Whether `text` can name an asset: it is one level of an MQTT topic and one word of a command line."""
    return _ASSET.fullmatch(text) is not None


def network(text: str) -> Network | None:
    """Return the network, None when `text` is none (host bits set count as none)."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def network_remedy(text: str) -> str:
    """Say how to mend what `network` refuses: the network that the address lies in, else the form."""
    try:
        return f"có phải '{ipaddress.ip_network(text, strict=False)}'?"
    except ValueError:
        return "viết như 10.51.7.0/24"


def host_of(address: str) -> str:
    """Return the host of an address as written: of a URL, of "10.51.7.1:8080" and "[2001:db8::1]:443" too.

    An IP address comes back in its usual spelling.
    """
    if "://" in address:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return address
    else:
        pair = _HOST_PORT.fullmatch(address)
        host = (pair["v6"] or pair["host"]) if pair else address
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def lies_in(address: str, networks: Collection[Network]) -> bool | None:
    """Whether an IP address, or the one in a URL, lies in one of the networks; None when it is a name."""
    try:
        host = (urlsplit(address).hostname or "") if is_url(address) else address
        ip = parsed(host)
    except ValueError:
        return None
    return any(ip in network for network in networks)


def within(site: Network, networks: Collection[Network]) -> bool:
    """Whether all of `site` lies in one of the networks."""
    return any(
        site.version == network.version and site.subnet_of(network)  # type: ignore[arg-type]  # same version
        for network in networks
    )


def host_in(site: Network, number: int) -> str | None:
    """Return the address of host `number` in `site`, None when it has no such host."""
    return str(site.network_address + number) if number < site.num_addresses else None
