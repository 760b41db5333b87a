"""The e-mail channel against Debian's Exim: TLS both ways, AUTH, refusals, threads."""

import email.header
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.email import EmailChannel, EmailConfig
from tests.alerts.channels.letters import opened
from tests.servers.exim import PASSWORD, USER, Exim, running_exim

RECIPIENT = "truc@quangngai.example"


@pytest.fixture(scope="module")
def exim() -> Iterator[Exim]:
    # Not below pytest's own folder: that one is root's alone, and Exim delivers as a user of its own.
    with tempfile.TemporaryDirectory(prefix="exim-") as folder, running_exim(Path(folder)) as server:
        yield server


def channel(exim: Exim, security: str = "starttls", **changes: object) -> EmailChannel:
    given: dict[str, object] = {
        "host": "localhost",
        "port": exim.tls_port if security == "tls" else exim.port,
        "security": security,
        "sender": "giamsat@quangngai.example",
        "timeout_s": 5.0,
        "username": USER,
        "password": PASSWORD,
        "ca_file": exim.certificate.certificate_file,
    }
    return EmailChannel(EmailConfig(**(given | changes)))  # type: ignore[arg-type]


async def send(sender: EmailChannel, recipient: str = RECIPIENT, message_id: str = "sc-1.0a") -> str:
    return await sender.send(opened(), recipient, message_id=message_id, thread_id="sc-1.0a")


async def test_a_thread_goes_through_starttls_and_tls_with_a_receipt(exim: Exim) -> None:
    receipts = [await send(channel(exim)), await send(channel(exim, "tls"), message_id="sc-1.0b")]

    first, second = sorted(await exim.mails(2), key=lambda mail: str(mail["Message-ID"]))
    assert all(receipt.startswith("OK id=") for receipt in receipts)
    assert first["Message-ID"] == "<sc-1.0a@quangngai.example>"
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert (first["Auto-Submitted"], first["Importance"]) == ("auto-generated", "high")
    assert first["List-Id"] == "<canh-bao.quangngai.example>"
    subject = email.header.make_header(email.header.decode_header(first["Subject"]))
    assert str(subject) == opened().subject
    assert [part.get_content_type() for part in first.walk()][1:] == ["text/plain", "text/html"]
    log = next(exim.folder.glob("log-main")).read_text()
    assert log.count(f"A=plain:{USER}") + log.count(f"A=login:{USER}") == 2
    assert log.count("X=TLS1.") == 2


@pytest.mark.parametrize(
    ("changes", "recipient", "reason", "permanent"),
    [
        ({"password": "sai"}, RECIPIENT, DeliveryFailure.AUTH, False),
        ({"ca_file": None}, RECIPIENT, DeliveryFailure.TLS, False),
        ({"username": None, "password": None}, RECIPIENT, DeliveryFailure.SENDER, False),
        ({}, "khong-co@quangngai.example", DeliveryFailure.RECIPIENT, True),
        ({}, "cho@quangngai.example", DeliveryFailure.DEFERRED, False),
    ],
)
async def test_what_exim_refuses_is_known_for_what_it_is(
    exim: Exim, changes: dict[str, object], recipient: str, reason: DeliveryFailure, *, permanent: bool
) -> None:
    with pytest.raises(DeliveryError) as caught:
        await send(channel(exim, **changes), recipient)

    error = caught.value
    assert (error.reason, error.permanent, error.in_doubt) == (reason, permanent, False)
    assert PASSWORD not in str(error)


async def test_a_mail_that_is_too_large_is_refused_for_good(exim: Exim, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        await channel(exim).send(
            opened(body="dài " * 50_000), RECIPIENT, message_id="sc-1.0a", thread_id="sc-1.0a"
        )

    assert caught.value.permanent
