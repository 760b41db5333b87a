"""Redirects inside a network namespace of their own: no packet could leave, whatever the probe did."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from probes.http import HttpOptions
from probes.http.probe import connect
from probes.kind import Shared
from probes.reading import FailureReason, Reading
from tests.probes.nameserver import running_nameserver
from tests.probes.namespace import in_namespace, ip
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.probes.servers import page

PUBLIC_ADDRESS, OTHER_PUBLIC, PRIVATE = "8.8.8.8", "9.9.9.9", "10.1.2.3"
METADATA = "169.254.169.254"


@dataclass
class Web:
    """One server on every address; where `/` leads, and what it was asked on which address."""

    port: int = 0
    nameserver: str = ""
    names: Callable[[], list[str]] = list
    """The names that were looked up."""
    location: str = ""
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append((writer.get_extra_info("sockname")[0], head))
            is_first = head.startswith(b"GET / ")
            location = f"Location: {self.location}\r\n" if is_first else ""
            status = "302 Found" if is_first else "200 OK"
            writer.write(page(b"", status=status, headers=location))
        writer.close()


@asynccontextmanager
async def everywhere() -> AsyncIterator[Web]:
    """Serve on addresses of all kinds, and answer names."""
    for address in (PUBLIC_ADDRESS, OTHER_PUBLIC, PRIVATE, METADATA):
        ip("addr", "add", f"{address}/32", "dev", "lo")
    web = Web()
    async with running_nameserver() as nameserver:
        web.nameserver = f"127.0.0.1:{nameserver.port}"
        web.names = nameserver.questions.copy
        server = await asyncio.start_server(web, None, 0)
        # One port for both families, so that every spelling of an address finds the server.
        web.port = next(sock.getsockname()[1] for sock in server.sockets if ":" not in sock.getsockname()[0])
        async with server:
            yield web


def tell(
    location: str,
    *,
    target: str = PUBLIC_ADDRESS,
    surroundings: Shared = PUBLIC,
    then: Callable[[Web], Awaitable[None]] | None = None,
    **options: object,
) -> tuple[Reading, list[tuple[str, bytes]]]:
    """Ask `target`, which redirects to `location`; return the reading and what was asked behind the redirect.

    `PORT` in either is the server's port.
    """

    async def story() -> tuple[Reading, list[tuple[str, bytes]]]:
        async with (
            everywhere() as web,
            connect(surroundings, nameservers=(web.nameserver,)) as probe,
        ):
            web.location = location.replace("PORT", str(web.port))
            parsed = HttpOptions.model_validate({"max_redirects": 2, **options})
            url = target if "//" in target else f"http://{target}:PORT/"
            reading = await probe(url.replace("PORT", str(web.port)), parsed, timeout_s=2.0)
            return reading, web.asked[1:]

    return in_namespace(story)


@pytest.mark.parametrize(
    "location",
    [
        f"http://{METADATA}:PORT/latest/meta-data",
        f"http://[::ffff:{METADATA}]:PORT/x",
        "http://127.0.0.1:PORT/x",
        "http://[::1]:PORT/x",
        "http://[::ffff:127.0.0.1]:PORT/x",
        "http://0.0.0.0:PORT/x",
        f"http://{PRIVATE}:PORT/x",
        f"//{PRIVATE}:PORT/x",
        f"http://{PUBLIC_ADDRESS}@127.0.0.1:PORT/x",
        "http://127.1:PORT/x",
        "http://0x7f000001:PORT/x",
        "http://2130706433:PORT/x",
        "http://0177.0.0.1:PORT/x",
        "http://localhost:PORT/x",
        "http://localhost.:PORT/x",
        "http://LOCALHOST:PORT/x",
        "http://portal.test:PORT/x",  # the nameserver says 127.0.0.1
        "http://many.test:PORT/x",  # a hundred addresses, all of them loopback
        "https://127.0.0.1:PORT/x",
    ],
)
def test_a_public_server_leads_to_nothing_more_private(location: str) -> None:
    seen, asked = tell(location)

    assert not seen.ok
    assert asked == []


def test_a_private_server_leads_neither_to_loopback_nor_to_the_metadata_service() -> None:
    for location in ("http://127.0.0.1:PORT/x", f"http://{METADATA}:PORT/x"):
        seen, asked = tell(location, target=PRIVATE)

        assert seen.reason is FailureReason.UNEXPECTED_ANSWER
        assert asked == []


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "data:,x", "http://[x"]
)
def test_a_redirect_to_something_else_than_http_is_not_followed(location: str) -> None:
    seen, asked = tell(location)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert asked == []


def test_a_name_that_changes_its_address_gains_nothing() -> None:
    # The first look-up gives a public address, every later one loopback.
    seen, asked = tell("http://rebind.test:PORT/x")

    assert seen.ok, seen
    assert [address for address, _ in asked] == [OTHER_PUBLIC]


def test_a_private_address_beside_the_public_one_gains_nothing() -> None:
    seen, asked = tell("http://127.0.0.1:PORT/x", target="http://mixed.test:PORT/")

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.metrics["http_status"] == 302
    assert asked == []


def test_what_may_not_be_followed_is_not_looked_up() -> None:
    async def story() -> list[str]:
        async with everywhere() as web, connect(PUBLIC, nameservers=(web.nameserver,)) as probe:
            web.location = f"http://first.test:{web.port}/"
            for most in (0, 1):
                options = HttpOptions(max_redirects=most, same_host=True)
                await probe(f"http://{PUBLIC_ADDRESS}:{web.port}/", options, timeout_s=2.0)
            web.location = "/"
            await probe(f"http://third.test:{web.port}/", HttpOptions(max_redirects=1), timeout_s=2.0)
            return web.names()

    assert set(in_namespace(story)) == {"third.test"}


def test_a_change_of_host_is_noticed_and_followed() -> None:
    seen, asked = tell(f"http://{OTHER_PUBLIC}:PORT/new?session=secret")

    assert seen.ok
    assert [address for address, _ in asked] == [OTHER_PUBLIC]
    assert seen.metrics["redirects"] == 1
    assert seen.notes["redirected_to"].startswith(f"http://{OTHER_PUBLIC}:")
    assert "secret" not in seen.notes["redirected_to"]
    assert seen.notes["address"] == OTHER_PUBLIC


@pytest.mark.parametrize("max_redirects", [0, 2])
def test_a_change_of_host_can_be_an_unexpected_answer(max_redirects: int) -> None:
    seen, asked = tell(f"http://{OTHER_PUBLIC}:PORT/x", same_host=True, max_redirects=max_redirects)
    stayed, _ = tell("/new", same_host=True, max_redirects=max_redirects)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail.startswith("chuyển hướng sang máy chủ khác")
    assert asked == []
    assert stayed.ok


def test_more_redirects_than_allowed_end() -> None:
    seen, asked = tell("/", max_redirects=3)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail == "quá nhiều lần chuyển hướng"
    assert len(asked) == 3


def test_what_is_meant_for_the_first_host_stays_there() -> None:
    secrets = shared(FixedSecrets(portal_token="Bearer hunter2"))
    options = {
        "request_headers": {"X-Probe": "1"},
        "header_secrets": {"Authorization": "portal-token"},
        "host_header": "portal.example.vn",
    }

    seen, asked = tell(f"http://{OTHER_PUBLIC}:PORT/x", surroundings=secrets, **options)
    _, same = tell("/x", surroundings=secrets, **options)

    head, same_head = asked[0][1], same[0][1]
    assert seen.ok
    assert b"hunter2" not in head
    assert b"X-Probe" not in head
    assert b"portal.example.vn" not in head
    assert b"Authorization: Bearer hunter2\r\n" in same_head
    assert b"X-Probe: 1\r\n" in same_head


def test_credentials_of_the_url_are_shown_to_nobody_else() -> None:
    seen, asked = tell(f"http://{OTHER_PUBLIC}:PORT/x", target=f"http://user:hunter2@{PUBLIC_ADDRESS}:PORT/")

    assert seen.ok
    assert b"uthorization" not in asked[0][1]
    assert "hunter2" not in repr(seen)
