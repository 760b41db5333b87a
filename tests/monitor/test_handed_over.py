import asyncio
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.handed_over import HandedOverError, handed_over
from tests.monitor.daemons import Running, write_config

STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM


FIRST = 200
"""Far from the descriptors of the tests themselves."""


@pytest.fixture
def places() -> Iterator[list[int]]:
    """Give three descriptors in a row, as systemd would use."""
    numbers = [FIRST + each for each in range(3)]
    yield numbers
    for number in numbers:
        with suppress(OSError):
            os.close(number)


def placed(number: int, kind: socket.SocketKind, family: socket.AddressFamily = socket.AF_INET) -> None:
    with socket.socket(family, kind) as sock:
        os.dup2(sock.fileno(), number)


def environment(*names: str) -> Mapping[str, str]:
    return {
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": str(len(names)),
        "LISTEN_FDNAMES": ":".join(names),
    }


def test_takes_sockets_by_their_names_and_lets_no_child_have_them(places: list[int]) -> None:
    placed(places[0], STREAM)
    placed(places[1], DATAGRAM)
    placed(places[2], STREAM)

    given = handed_over(first=FIRST, environment=environment("web", "traps", "web"))

    assert [sock.detach() for sock in given.web] == [places[0], places[2]]
    assert given.traps is not None
    assert given.traps.detach() == places[1]
    assert not any(os.get_inheritable(number) for number in places)


def test_takes_nothing_that_is_for_another_process_or_of_no_known_name(places: list[int]) -> None:
    placed(places[0], STREAM)

    assert handed_over(first=FIRST, environment={}).web == ()
    assert handed_over(first=FIRST, environment={**environment("web"), "LISTEN_PID": "1"}).web == ()
    assert handed_over(first=FIRST, environment={**environment("web"), "LISTEN_FDS": "nhiều"}).web == ()
    assert handed_over(first=FIRST, environment=environment("other")).web == ()


@pytest.mark.parametrize(
    ("names", "kinds", "words"),
    [
        (
            ("web",),
            (DATAGRAM,),
            "ổ cắm web không đúng loại; trong tslcd-monitor-web.socket dùng ListenStream=",
        ),
        (("traps",), (STREAM,), "dùng ListenDatagram="),
        (("traps", "traps"), (DATAGRAM, DATAGRAM), "mở nhiều địa chỉ; chỉ giữ một dòng ListenDatagram="),
    ],
)
def test_says_which_socket_unit_is_wrong_and_how(
    places: list[int], names: tuple[str, ...], kinds: tuple[socket.SocketKind, ...], words: str
) -> None:
    for number, kind in zip(places, kinds, strict=False):
        placed(number, kind)

    with pytest.raises(HandedOverError, match=words):
        handed_over(first=FIRST, environment=environment(*names))


def test_refuses_a_socket_that_is_no_address_of_a_network(places: list[int]) -> None:
    placed(places[0], STREAM, socket.AF_UNIX)

    with pytest.raises(HandedOverError, match="địa chỉ IP hoặc số cổng"):
        handed_over(first=FIRST, environment=environment("web"))


async def test_pages_with_passwords_are_not_opened_to_a_network_in_the_clear(tmp_path: Path) -> None:
    config = write_config(tmp_path, port=9)
    with socket.create_server(("0.0.0.0", 0)) as sock:
        port = sock.getsockname()[1]
        with (tmp_path / "daemon.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor.cli", "daemon", "--config", str(config)),
                *("--listen-fd", str(sock.fileno())),
                pass_fds=[sock.fileno()],
                stdout=log,
                stderr=log,
            )
        daemon = Running(process, tmp_path)
        try:
            await daemon.until_answers()
            health = await daemon.health()
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            sock.setblocking(False)
            connection, _ = sock.accept()  # nobody else takes it
            connection.close()
            writer.close()
            assert await daemon.end() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    assert health is not None
    (reason,) = (each for each in health["reasons"] if each["code"] == "listener_closed")
    assert f"trang web có đăng nhập, nên không mở ở 0.0.0.0:{port} khi chưa mã hóa" in reason["text"]
    assert "thêm web.tls_cert và web.tls_key, hoặc ghi ListenStream=127.0.0.1:8080" in reason["text"]
