"""The e-mail channel against real SMTP sessions."""

import logging
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.channels import CHANNELS
from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.email import MOST_ATTACHED, EmailChannel, EmailConfig
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind
from tests.alerts.channels.letters import opened
from tests.servers.smtp import Certificate, make_certificate, scripted_server, smtp_server

PASSWORD = "mật-khẩu-bí-mật-9f3k"
ASCII_PASSWORD = "s3cret-9f3kQx7T"
RECIPIENT = "truc@quangngai.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


def config(port: int, **changes: object) -> EmailConfig:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "giamsat@quangngai.example",
        "timeout_s": 2.0,
    }
    return EmailConfig(**(given | changes))  # type: ignore[arg-type]


async def send(given: EmailConfig, recipient: str = RECIPIENT, message: Message | None = None) -> None:
    channel = CHANNELS["email"](given)
    await channel.send(
        message or opened(), recipient, message_id="sc-1.opened.0a", thread_id="sc-1.opened.0a"
    )


async def refused(given: EmailConfig, recipient: str = RECIPIENT) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await send(given, recipient)
    return caught.value


async def test_sends_text_and_html_twins_that_decode_to_what_was_composed() -> None:
    message = opened()

    async with smtp_server() as mailbox:
        await send(config(mailbox.port), message=message)

    mail = mailbox.mails[0].mail
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert mail.get_content_type() == "multipart/alternative"
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == f"{message.body}\n"
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == (message.html or "").rstrip("\n")


async def test_subject_keeps_every_space_where_it_is_folded() -> None:
    subject = "[GSHT] Mất kết nối: xã Mỏ Cày – Mạng TSLCD, từ 19:13 22/11 (SC-2026-0018)"

    async with smtp_server() as mailbox:
        await send(config(mailbox.port), message=replace(opened(), subject=subject))

    assert mailbox.mails[0].mail["Subject"] == subject
    assert max(map(len, mailbox.mails[0].raw.split(b"\r\n\r\n")[0].splitlines())) <= 78


async def test_sends_the_headers_that_keep_robots_quiet() -> None:
    async with smtp_server() as mailbox:
        await send(config(mailbox.port))

    mail = mailbox.mails[0].mail
    assert mail["Subject"] == "[GSHT] Mất kết nối: xã Đăk Rơ Wa – Mạng TSLCD, từ 02:47 22/11 (SC-2026-1187)"
    assert mail["From"] == "Giám sát hạ tầng số <giamsat@quangngai.example>"
    assert mail["To"] == RECIPIENT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "<canh-bao.quangngai.example>"
    assert mail["Date"] == "Sat, 21 Nov 2026 20:00:00 +0000"
    assert mailbox.mails[0].sender == "giamsat@quangngai.example"
    assert mailbox.mails[0].recipients == (RECIPIENT,)
    assert max(len(line) for line in mailbox.mails[0].raw.splitlines()) <= 998


@pytest.mark.parametrize(
    ("changes", "importance"),
    [
        ({}, "high"),
        ({"severity": 2}, None),
        ({"kind": NotificationKind.RESOLVED}, None),
        ({"kind": NotificationKind.BULLETIN}, None),
    ],
)
async def test_only_what_wakes_people_is_marked_as_important(
    changes: dict[str, object], importance: str | None
) -> None:
    async with smtp_server() as mailbox:
        await send(config(mailbox.port), message=opened(**changes))

    assert mailbox.mails[0].mail["Importance"] == importance


async def test_files_go_along_as_they_are_at_the_moment_of_sending(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "drafts").mkdir(parents=True)
    (folder / "drafts" / "BC-thang-11.docx").write_bytes(b"PK\x00\xff" * 1_000)
    (folder / "drafts" / "BC-thang-11.pdf").write_bytes(b"%PDF-")
    (folder / "drafts" / "qua-lon.xlsx").write_bytes(bytes(MOST_ATTACHED + 1))
    (tmp_path / "mat-khau.txt").write_text("secret")
    names = (
        *("drafts/BC-thang-11.docx", "drafts/BC-thang-11.pdf", "drafts/qua-lon.xlsx"),
        *("drafts/da-xoa.docx", "../mat-khau.txt", "drafts"),
    )
    message = replace(opened(), files=names)

    async with smtp_server() as mailbox:
        await send(config(mailbox.port, files_dir=folder), message=message)
        await send(config(mailbox.port), message=message)

    mail, without = (each.mail for each in mailbox.mails)
    files = {part.get_filename(): part for part in mail.iter_attachments()}
    assert list(files) == ["BC-thang-11.docx", "BC-thang-11.pdf"]
    assert files["BC-thang-11.docx"].get_payload(decode=True) == b"PK\x00\xff" * 1_000
    assert files["BC-thang-11.pdf"].get_content_type() == "application/pdf"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == f"{message.body}\n"
    assert list(without.iter_attachments()) == [], "nobody said where files are"


async def test_returns_what_the_server_called_the_mail() -> None:
    async with smtp_server() as mailbox:
        receipt = await CHANNELS["email"](config(mailbox.port)).send(
            opened(), RECIPIENT, message_id="sc-1.0a", thread_id="sc-1.0a"
        )

    assert receipt == "OK"


async def test_threads_the_recovery_under_the_first_mail() -> None:
    async with smtp_server() as mailbox:
        channel = EmailChannel(config(mailbox.port))
        await channel.send(opened(), RECIPIENT, message_id="sc-1.opened.0a", thread_id="sc-1.opened.0a")
        await channel.send(opened(), RECIPIENT, message_id="sc-1.resolved.0b", thread_id="sc-1.opened.0a")

    first, second = (received.mail for received in mailbox.mails)
    assert first["Message-ID"] == "<sc-1.opened.0a@quangngai.example>"
    assert first["References"] is None
    assert second["Message-ID"] == "<sc-1.resolved.0b@quangngai.example>"
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
async def test_authenticates_over_tls_that_it_verified(
    certificate: Certificate, security: str, host: str, mechanism: str
) -> None:
    users = {"giamsat": ASCII_PASSWORD}
    async with smtp_server(
        security,  # type: ignore[arg-type]
        certificate=certificate,
        users=users,
        mechanisms=(mechanism,),
    ) as mailbox:
        await send(
            config(
                mailbox.port,
                host=host,
                security=security,
                username="giamsat",
                password=ASCII_PASSWORD,
                ca_file=certificate.certificate_file,
            )
        )

    assert mailbox.mails[0].secured
    assert mailbox.mails[0].user == "giamsat"


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_an_untrusted_certificate_is_temporary_and_nothing_is_sent(
    certificate: Certificate, security: str
) -> None:
    async with smtp_server(security, certificate=certificate) as mailbox:  # type: ignore[arg-type]
        error = await refused(config(mailbox.port, security=security))

    assert (error.reason, error.permanent) == (DeliveryFailure.TLS, False)
    assert mailbox.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_for_another_name_is_refused(tmp_path: Path, security: str) -> None:
    other = make_certificate(tmp_path, ("mail.khac.example",))
    async with smtp_server(security, certificate=other) as mailbox:  # type: ignore[arg-type]
        error = await refused(config(mailbox.port, security=security, ca_file=other.certificate_file))

    assert (error.reason, error.permanent) == (DeliveryFailure.TLS, False)
    assert mailbox.mails == []


async def test_never_falls_back_to_clear_text_when_starttls_is_not_offered() -> None:
    async with smtp_server() as mailbox:
        error = await refused(config(mailbox.port, security="starttls"))

    assert not error.permanent
    assert mailbox.mails == []


async def test_a_wrong_password_is_temporary_and_named_without_the_password(
    certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = {"security": "starttls", "ca_file": certificate.certificate_file, "username": "giamsat"}
    async with smtp_server("starttls", certificate=certificate, users={"giamsat": "other"}) as mailbox:
        error = await refused(config(mailbox.port, password=ASCII_PASSWORD, **given))
        unicode_error = await refused(config(mailbox.port, password=PASSWORD, **given))

    assert (error.reason, error.permanent) == (DeliveryFailure.AUTH, False)
    assert unicode_error.permanent is False
    for secret in (ASCII_PASSWORD, PASSWORD, "czNjcmV0"):
        for text in (str(error), repr(error), repr(error.__cause__), repr(unicode_error), caplog.text):
            assert secret not in text


async def test_a_server_that_echoes_the_password_does_not_get_it_into_the_error() -> None:
    echo = f"535 5.7.8 bad login: {ASCII_PASSWORD}\r\n".encode()
    lines = (b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n", echo, b"221 bye\r\n")
    async with scripted_server(*lines) as port:
        error = await refused(config(port, username="giamsat", password=ASCII_PASSWORD))

    assert error.reason is DeliveryFailure.AUTH
    assert ASCII_PASSWORD not in str(error)


def test_the_configuration_hides_its_password() -> None:
    assert PASSWORD not in repr(config(25, password=PASSWORD))


async def test_a_login_that_the_server_does_not_offer_is_temporary() -> None:
    async with smtp_server() as mailbox:
        error = await refused(config(mailbox.port, username="giamsat", password=ASCII_PASSWORD))

    assert not error.permanent
    assert mailbox.mails == []


async def test_a_missing_login_is_our_configuration_and_temporary(certificate: Certificate) -> None:
    async with smtp_server("starttls", certificate=certificate, users={"giamsat": "x"}) as mailbox:
        given = config(mailbox.port, security="starttls", ca_file=certificate.certificate_file)
        error = await refused(given)

    assert (error.reason, error.permanent) == (DeliveryFailure.SENDER, False)


@pytest.mark.parametrize(
    ("answer", "reason", "permanent"),
    [
        ("550 5.1.1 no such user", DeliveryFailure.RECIPIENT, True),
        ("553 mailbox name not allowed", DeliveryFailure.RECIPIENT, True),
        ("450 4.2.0 mailbox busy", DeliveryFailure.DEFERRED, False),
        ("452 4.2.2 mailbox full", DeliveryFailure.DEFERRED, False),
        ("554 5.7.1 relay access denied", DeliveryFailure.SENDER, False),
        ("530 authentication required", DeliveryFailure.SENDER, False),
    ],
)
async def test_tells_a_dead_address_from_trouble_that_passes(
    answer: str, reason: DeliveryFailure, *, permanent: bool
) -> None:
    async with smtp_server() as mailbox:
        mailbox.rcpt_answer = answer
        error = await refused(config(mailbox.port))

    assert (error.reason, error.permanent) == (reason, permanent)


async def test_gets_through_a_greylist_on_a_later_attempt() -> None:
    async with smtp_server() as mailbox:
        mailbox.defer_rcpt = 2
        errors = [await refused(config(mailbox.port)) for _ in range(2)]
        await send(config(mailbox.port))

    assert [(error.reason, error.permanent) for error in errors] == [(DeliveryFailure.DEFERRED, False)] * 2
    assert len(mailbox.mails) == 1


async def test_a_refused_sender_is_temporary() -> None:
    async with smtp_server() as mailbox:
        mailbox.mail_answer = "550 5.7.60 not allowed to send as this sender"
        error = await refused(config(mailbox.port))

    assert (error.reason, error.permanent) == (DeliveryFailure.SENDER, False)


@pytest.mark.parametrize(
    ("answer", "reason", "permanent"),
    [
        ("554 5.6.0 content refused", DeliveryFailure.REJECTED, True),
        ("451 4.3.0 try again", DeliveryFailure.DEFERRED, False),
    ],
)
async def test_a_refused_content_follows_its_code(
    answer: str, reason: DeliveryFailure, *, permanent: bool
) -> None:
    async with smtp_server() as mailbox:
        mailbox.data_answer = answer
        error = await refused(config(mailbox.port))

    assert (error.reason, error.permanent) == (reason, permanent)


async def test_an_answer_that_never_comes_after_the_data_is_temporary() -> None:
    async with smtp_server() as mailbox:
        mailbox.after_data = "hang"
        error = await refused(config(mailbox.port, timeout_s=0.2))

    assert (error.reason, error.permanent) == (DeliveryFailure.TIMEOUT, False)
    assert error.in_doubt
    assert len(mailbox.mails) == 1


async def test_a_connection_dropped_after_the_data_is_in_doubt_and_repeats_the_same_message_id() -> None:
    async with smtp_server() as mailbox:
        mailbox.after_data = "drop"
        error = await refused(config(mailbox.port))
        mailbox.after_data = "answer"
        await send(config(mailbox.port))

    assert (error.reason, error.permanent) == (DeliveryFailure.DISCONNECTED, False)
    assert error.in_doubt
    assert len({received.mail["Message-ID"] for received in mailbox.mails}) == 1


async def test_a_rude_goodbye_after_acceptance_is_no_failure() -> None:
    async with smtp_server() as mailbox:
        mailbox.quits_rudely = True
        await send(config(mailbox.port))

    assert len(mailbox.mails) == 1


async def test_nobody_listening_is_temporary(unused_tcp_port: int) -> None:
    error = await refused(config(unused_tcp_port))

    assert (error.reason, error.permanent) == (DeliveryFailure.CONNECT, False)


async def test_a_name_that_does_not_exist_is_temporary() -> None:
    error = await refused(config(25, host="mail.invalid"))

    assert not error.permanent


async def test_a_server_that_refuses_everybody_is_temporary() -> None:
    async with scripted_server(b"554 5.3.2 no service\r\n") as port:
        error = await refused(config(port))

    assert (error.reason, error.permanent) == (DeliveryFailure.CONNECT, False)


async def test_a_silent_server_is_given_up_in_time() -> None:
    async with scripted_server(b"") as port:
        error = await refused(config(port, timeout_s=0.2))

    assert (error.reason, error.permanent) == (DeliveryFailure.TIMEOUT, False)


async def test_garbage_instead_of_smtp_is_temporary() -> None:
    async with scripted_server(b"\x00\xff GET / nonsense\r\n") as port:
        error = await refused(config(port))

    assert not error.permanent


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\n",
        "a b@c.example",
        "trực@quangngai.example",
        "Trực <a@b.example>",
        "a@b.example, c@d.example",
        "no-at-sign",
        "a@[10.0.0.1]",
        "a..b@c.example",
        "",
    ],
)
async def test_refuses_a_malformed_recipient_for_good_without_connecting(recipient: str) -> None:
    async with smtp_server() as mailbox:
        error = await refused(config(mailbox.port), recipient)

    assert (error.reason, error.permanent) == (DeliveryFailure.RECIPIENT, True)
    assert mailbox.sessions == 0


async def test_refuses_a_subject_with_a_line_break_for_good() -> None:
    broken = Message("SC-1", NotificationKind.OPENED, 0.0, "a\r\nBcc: c@d.example", "a", "a", "a")
    async with smtp_server() as mailbox:
        with pytest.raises(DeliveryError) as caught:
            await send(config(mailbox.port), message=broken)

    assert caught.value.permanent
    assert mailbox.mails == []


def test_refuses_a_malformed_sender_when_built() -> None:
    with pytest.raises(ValueError, match="plain address"):
        EmailChannel(config(25, sender="Giám sát <a@b.example>"))


def test_verifies_certificates_whatever_the_security() -> None:
    channel = EmailChannel(config(465, security="tls"))

    assert channel._tls is not None
    assert channel._tls.verify_mode is ssl.CERT_REQUIRED
    assert channel._tls.check_hostname
