import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.http import HttpOptions
from probes.kind import Options
from probes.kinds import KINDS
from probes.mqtt import MqttOptions
from probes.reading import FailureReason
from probes.sip.probe import SipOptions
from probes.tcp import TcpOptions
from probes.tls import TlsOptions
from probes.trust import TlsTrust
from probes.videoos.probe import VideoosOptions
from tests.probes.secrets import PUBLIC

FINGERPRINT = "00" * 32


@pytest.mark.parametrize(
    "refused",
    [
        lambda: TlsOptions(ca_file=Path("a.pem"), verify_tls=False),
        lambda: HttpOptions(ca_file=Path("a.pem"), verify_tls=False),
        lambda: TlsTrust(ca_file=Path("a.pem"), fingerprint=FINGERPRINT),
        lambda: SipOptions(fingerprint=FINGERPRINT),
        lambda: SipOptions(transport="tcp", verify_tls=True),
        lambda: TcpOptions(ca_file=Path("a.pem")),
        lambda: TcpOptions(server_name="mail.example.vn"),
        lambda: MqttOptions(min_tls_version="1.3"),
    ],
)
def test_options_of_tls_that_would_do_nothing_are_refused(refused: Callable[[], Options]) -> None:
    with pytest.raises(ValidationError):
        refused()


def test_a_pinned_certificate_takes_the_place_of_authorities() -> None:
    assert TlsTrust().policy().verify
    assert not TlsTrust(fingerprint=FINGERPRINT).policy().verify


@pytest.mark.parametrize(
    ("kind", "address", "options"),
    [
        ("http", "https://127.0.0.1:1/", lambda file: HttpOptions(ca_file=file)),
        ("tls", "127.0.0.1:1", lambda file: TlsOptions(ca_file=file)),
        ("tcp", "127.0.0.1:1", lambda file: TcpOptions(tls=True, ca_file=file)),
        ("sip", "127.0.0.1:1", lambda file: SipOptions(transport="tls", ca_file=file)),
        ("mqtt", "127.0.0.1", lambda file: MqttOptions(port=1, tls=True, ca_file=file)),
        ("videoos", "127.0.0.1:1", lambda file: VideoosOptions(ca_file=file)),
    ],
)
async def test_a_preparation_that_hangs_is_our_fault(
    kind: str, address: str, options: Callable[[Path], Options], tmp_path: Path
) -> None:
    pipe = tmp_path / "authority.pem"
    os.mkfifo(pipe)  # whoever reads it waits until somebody writes
    async with KINDS[kind].connect(PUBLIC) as probe:
        try:
            seen = await probe(address, options(pipe), timeout_s=0.2)
        finally:
            await asyncio.to_thread(pipe.write_bytes, b"")

    assert seen.reason is FailureReason.LOCAL, seen
    assert seen.metrics == {}
