"""Connections of channels: real name servers and listeners on loopback."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from alerts.channels.connect import Opener
from tests.servers.dns import name_server
from tests.servers.running import free_port

NAME = "thu.tinh.example"


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def test_a_name_is_reached_by_what_it_meant_last_when_dns_is_dead(listener: int) -> None:
    port = free_port()
    opener = Opener([f"127.0.0.1:{port}"])
    with name_server("127.0.0.1", {NAME: "127.0.0.1"}, port=port):
        (await opener.open(NAME, listener, timeout_s=2)).close()

    # Nobody answers for the name any more, and then somebody who does not answer at all.
    (await opener.open(NAME, listener, timeout_s=2)).close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", port))
        # A mail has a minute: an alert does not wait for half of it when the address is known.
        async with asyncio.timeout(10):
            (await opener.open(NAME, listener, timeout_s=60)).close()


async def test_a_name_that_was_never_known_is_an_error(listener: int) -> None:
    with pytest.raises(OSError, match="resolved"):
        await Opener([f"127.0.0.1:{free_port()}"]).open(NAME, listener, timeout_s=2)


async def test_a_name_that_moved_is_followed(listener: int) -> None:
    port = free_port()
    opener = Opener([f"127.0.0.1:{port}"])
    with name_server("127.0.0.1", {NAME: "127.0.0.7"}, port=port), pytest.raises(OSError):  # noqa: PT011 (refused)
        await opener.open(NAME, listener, timeout_s=2)
    with name_server("127.0.0.1", {NAME: "127.0.0.1"}, port=port):
        (await opener.open(NAME, listener, timeout_s=2)).close()
