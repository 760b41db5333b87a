"""Which addresses may be searched: only the province's own, never a network's or a broadcast address. Pure."""

import ipaddress
from collections.abc import Iterable
from typing import Final

from inventory.address import Network
from inventory.model import Inventory

MOST_ADDRESSES: Final = 4_096
"""A /20. More is asked in parts: somebody should look at what each part gives."""
_FEWEST_WITH_EDGES: Final = 4
"""RFC 3021: networks of one or two addresses have neither a network's nor a broadcast address."""


class RangeError(Exception):
    """A range that is not searched: `what` is wrong and the `remedy`, one Vietnamese line each."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def searched_addresses(text: str, inventory: Inventory) -> tuple[str, ...]:
    """Return the addresses of the range in order; RangeError says why it is not searched.

    It must lie in one of `own_ranges`. Left out are the first and last address of the range itself, of every own range
    and of every unit's network.
    """
    asked = _network(text)
    if asked.is_multicast or asked.is_unspecified or (asked.version == 4 and asked.is_reserved):  # noqa: PLR2004 (IPv4)
        raise RangeError(f"{asked} không phải dải địa chỉ của thiết bị", _EXAMPLE)
    own = [ipaddress.ip_network(range_) for range_ in inventory.own_ranges]
    if not any(_is_within(asked, range_) for range_ in own):
        raise _not_own(asked, own)
    if asked.num_addresses > MOST_ADDRESSES:
        longest = asked.max_prefixlen - 8
        part = next(asked.subnets(new_prefix=longest)) if asked.prefixlen < longest else asked
        raise RangeError(
            f"{asked} có {asked.num_addresses} địa chỉ, nhiều hơn {MOST_ADDRESSES}",
            f"dò từng phần, ví dụ {part}",
        )
    edges = _edges([asked, *own, *(ipaddress.ip_network(site) for site in inventory.sites.values())])
    return tuple(str(address) for address in asked if address not in edges)


_EXAMPLE: Final = "ví dụ 10.51.7.0/24"


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise RangeError(f"'{text}' không phải dải địa chỉ", _EXAMPLE) from None
    raise RangeError(f"'{text}' không phải dải địa chỉ: các bit máy phải bằng 0", f"có phải '{meant}'?")


def _is_within(asked: Network, own: Network) -> bool:
    match asked, own:
        case ipaddress.IPv4Network(), ipaddress.IPv4Network():
            return asked.subnet_of(own)
        case ipaddress.IPv6Network(), ipaddress.IPv6Network():
            return asked.subnet_of(own)
        case _:
            return False


def _not_own(asked: Network, own: Iterable[Network]) -> RangeError:
    declared = [str(range_) for range_ in own]
    why = f"các dải đã khai báo: {', '.join(declared)}" if declared else "danh mục chưa khai báo dải nào"
    return RangeError(
        f"{asked} không nằm trong dải địa chỉ của mình; {why}",
        "nếu đúng là mạng của mình, thêm vào danh mục: "
        f"address_plan: {{ranges: [{', '.join([*declared, str(asked)])}]}}",
    )


def _edges(networks: Iterable[Network]) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return {
        address
        for network in networks
        if network.num_addresses >= _FEWEST_WITH_EDGES
        for address in (network.network_address, network.broadcast_address)
    }
