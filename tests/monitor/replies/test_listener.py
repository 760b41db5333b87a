"""The listener for replies among strangers: few connections, short ones, no traces of them."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.replies import listener
from monitor.replies.deeds import Deeds
from monitor.replies.listener import Replies, RepliesError
from monitor.settings.replies import RepliesSettings
from monitor.settings.settings import Settings
from tests.alerts.quiet_land import SETTINGS, Watch, land
from tests.monitor.replies.office import Secrets, open_office
from tests.servers.smtp import make_certificate


async def nothing(_about: object) -> None:
    return None


async def never(_token: str) -> bool:
    return False


def replies(folder: Path, *, tls: bool) -> Replies:
    certificate = make_certificate(folder) if tls else None
    settings = Settings(
        province="Thử",
        inventory=[],
        state_dir=folder,
        public_url="https://giamsat.example",
        replies=RepliesSettings(
            port=0,
            tls_cert=certificate and certificate.certificate_file,
            tls_key=certificate and certificate.key_file,
        ),
    )
    deeds = Deeds(nothing, nothing, nothing, never)
    return Replies(settings, Watch(land(), SETTINGS).world, deeds, bytes(32), clock=SystemClock())


@pytest.mark.parametrize("tls", [False, True])
async def test_a_connection_too_many_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tls: bool
) -> None:
    monkeypatch.setattr(listener, "CONNECTIONS", 3)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with replies(tmp_path, tls=tls).listening(Secrets()) as address:
        assert address is not None
        opened = [await asyncio.open_connection(*address, ssl=context if tls else None) for _ in range(3 + 2)]

        async def is_ended(reader: asyncio.StreamReader) -> bool:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    with suppress(ConnectionError):
                        await reader.read(1)
                    return True
            return False

        ended = [await is_ended(reader) for reader, _ in opened]
        for _, writer in opened:
            writer.close()

    assert ended == [False] * 3 + [True] * 2


async def test_a_certificate_that_does_not_fit_its_key_is_told_with_what_to_do(tmp_path: Path) -> None:
    taken = replies(tmp_path, tls=True)
    (tmp_path / "other").mkdir()
    make_certificate(tmp_path / "other").key_file.replace(make_certificate(tmp_path).key_file)
    with pytest.raises(
        RepliesError, match=r"không phải một cặp .*; ghi đúng replies\.tls_cert và replies\.tls_key"
    ):
        async with taken.listening(Secrets()):
            pass


FORM = b"Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET {link}?" + b"x" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET {link} HTTP/1.1\r\nHost: x\r\nBad\x01Name: y\r\n\r\n",
        b"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST {link} HTTP/1.1\r\nHost: x\r\n" + FORM + b"; charset=ma\r\nContent-Length: 9\r\n\r\nviec=nhan",
        b"POST {link} HTTP/1.1\r\nHost: x\r\n"
        + FORM
        + b"\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nviec=nhan",
        b"POST {link} HTTP/1.1\r\nHost: x\r\n" + FORM + b"\r\nContent-Length: 99\r\n\r\nviec=nhan",
        b"POST /zalo/bot HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
)
async def test_strangers_bytes_do_nothing_and_leave_no_traceback_and_no_token_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, request_bytes: bytes
) -> None:
    async with open_office(tmp_path) as office:
        link = office.link().removeprefix(office.base)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(office.base.rpartition(":")[2]))
        writer.write(request_bytes.replace(b"{link}", link.encode()))
        writer.write_eof()
        answer = await reader.read()
        writer.close()

        assert b" 200 " not in answer[:20]
        assert office.decisions == []
    assert "Traceback" not in caplog.text
    assert link.rpartition(".")[2] not in caplog.text
