"""Webhook, MQTT and Apprise where they differ from the others."""

import asyncio
import logging
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from alerts.channels.apprise import AppriseAddressError, AppriseChannel, AppriseConfig
from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.mqtt import MqttChannel, MqttConfig
from alerts.channels.webhook import Hook, WebhookChannel, WebhookConfig, sign
from tests.alerts.channels.letters import TEXT, opened
from tests.servers.mosquitto import KIOSK, MONITOR, PASSWORDS, running_mosquitto

NOW = 1_795_291_200.0
SECRET = "s" * 32


@asynccontextmanager
async def hook_answering(
    status: int, headers: dict[str, str] | None = None
) -> AsyncIterator[tuple[str, list[str]]]:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/nhan", asked
    finally:
        await runner.cleanup()


async def posted(url: str) -> str:
    channel = WebhookChannel(WebhookConfig({"so": Hook(url, SECRET, 2.0)}, lambda: NOW))
    try:
        return await channel.send(opened(), "so", message_id="m1", thread_id="m1")
    finally:
        await channel.aclose()


def test_the_signature_is_the_one_that_openssl_makes() -> None:
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET],
        input=b'1795291200.{"a":1}',
        capture_output=True,
        check=True,
    ).stdout.decode()

    assert sign(SECRET, "1795291200", b'{"a":1}') == "v1=" + made.split()[-1]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_success_is_taken(status: int) -> None:
    async with hook_answering(status) as (url, asked):
        assert await posted(url) == f"HTTP {status}"
        assert asked == ["/nhan"]


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [
        (400, DeliveryFailure.REJECTED, True),
        (401, DeliveryFailure.REJECTED, True),
        (404, DeliveryFailure.RECIPIENT, True),
        (410, DeliveryFailure.RECIPIENT, True),
        (408, DeliveryFailure.DEFERRED, False),
        (409, DeliveryFailure.DEFERRED, False),
        (425, DeliveryFailure.DEFERRED, False),
        (429, DeliveryFailure.DEFERRED, False),
        (500, DeliveryFailure.DEFERRED, False),
        (503, DeliveryFailure.DEFERRED, False),
        (302, DeliveryFailure.DEFERRED, False),
    ],
)
async def test_answers_mean_what_their_codes_say(
    status: int, reason: DeliveryFailure, *, permanent: bool
) -> None:
    async with hook_answering(status, {"Location": "/khac"}) as (url, asked):
        with pytest.raises(DeliveryError) as caught:
            await posted(url)

    assert (caught.value.reason, caught.value.permanent) == (reason, permanent)
    assert asked == ["/nhan"]


@pytest.mark.parametrize(
    ("told", "rest_s"),
    [
        ("7", 7.0),
        ("99999999999999999999", 3_600.0),
        ("Sat, 21 Nov 2026 20:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0.0),
        ("-5", None),
        ("nhanh", None),
    ],
)
async def test_retry_after_is_understood_in_both_ways_and_bounded(told: str, rest_s: float | None) -> None:
    async with hook_answering(503, {"Retry-After": told}) as (url, _):
        with pytest.raises(DeliveryError) as caught:
            await posted(url)

    assert caught.value.retry_after_s == rest_s


async def test_a_hook_that_is_gone_does_not_make_the_others_rest(unused_tcp_port: int) -> None:
    with pytest.raises(DeliveryError) as caught:
        await posted(f"http://127.0.0.1:{unused_tcp_port}/")

    assert caught.value.reason is DeliveryFailure.DISCONNECTED


def test_configurations_hide_their_secrets() -> None:
    hook = Hook("https://example.org/?khoa=mat-khau", SECRET)
    shown = repr(WebhookConfig({"so": hook}, lambda: NOW)) + repr(AppriseConfig({"a": "json://mat-khau@h"}))

    assert "mat-khau" not in shown
    assert SECRET not in shown


ACL = "user tslcd-monitor\ntopic write tslcd/alerts/#\nuser kiosk-01\ntopic read tslcd/alerts/#\n"


async def test_mosquitto_takes_a_message_over_tls_and_hands_it_on_once(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path) as broker:
        acl = tmp_path / "acl"
        acl.write_text(acl.read_text() + "\n" + ACL)
        broker.stop()
        broker.start_again()
        login = ["-u", KIOSK, "-P", PASSWORDS[KIOSK]]
        reader = subprocess.Popen(  # noqa: ASYNC220 (it runs beside the loop)
            [
                *("mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.tls_port), "-q", "1"),
                *(
                    "--cafile",
                    str(broker.authority.file),
                    *login,
                    "-t",
                    "tslcd/alerts/#",
                    "-C",
                    "1",
                    "-W",
                    "15",
                ),
            ],
            stdout=subprocess.PIPE,
        )
        channel = MqttChannel(mqtt_config(broker.tls_port, broker.authority.file))
        receipt, printed = "", b""
        for _ in range(100):  # until the reader has subscribed
            receipt = await channel.send(opened(), "truc", message_id="m1", thread_id="m1")
            if reader.poll() is not None:
                break
        printed = reader.communicate(timeout=20)[0]

    assert receipt == "PUBACK"
    assert TEXT.splitlines()[0].encode() in printed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"password": "sai"}, DeliveryFailure.AUTH),
        ({"topic": "cam"}, DeliveryFailure.SENDER),
    ],
)
async def test_mosquitto_refuses_a_wrong_password_and_a_forbidden_topic(
    tmp_path: Path, changes: dict[str, str], reason: DeliveryFailure
) -> None:
    with running_mosquitto(tmp_path) as broker:
        channel = MqttChannel(mqtt_config(broker.tls_port, broker.authority.file, **changes))
        with pytest.raises(DeliveryError) as caught:
            await channel.send(opened(), "truc", message_id="m1", thread_id="m1")

    assert (caught.value.reason, caught.value.permanent, caught.value.in_doubt) == (reason, False, False)


async def test_a_broker_with_another_certificate_gets_nothing(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path) as broker:
        channel = MqttChannel(mqtt_config(broker.tls_port, None))
        with pytest.raises(DeliveryError) as caught:
            await channel.send(opened(), "truc", message_id="m1", thread_id="m1")

    assert caught.value.reason is DeliveryFailure.TLS


def mqtt_config(port: int, ca_file: Path | None, **changes: str) -> MqttConfig:

    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    given = {"topic": "tslcd/alerts", "username": MONITOR, "password": PASSWORDS[MONITOR], **changes}
    return MqttConfig("127.0.0.1", port, tls=context, **given)  # type: ignore[arg-type]


async def test_apprise_does_not_wait_between_messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with hook_answering(200) as (url, asked):
        channel = AppriseChannel(AppriseConfig({"so": url.replace("http", "json")}, 2.0))
        for _ in range(3):  # of its own accord it would wait 11 s
            await channel.send(opened(), "so", message_id="m1", thread_id="m1")
        await channel.aclose()

    assert len(asked) == 3


async def test_what_apprise_has_no_thread_for_was_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        channel = AppriseChannel(AppriseConfig({"so": f"json://127.0.0.1:{port}"}, 0.3))
        found = await asyncio.gather(
            *(channel.send(opened(), "so", message_id=f"m{n}", thread_id="t") for n in range(6)),
            return_exceptions=True,
        )
        await channel.aclose()

    errors = [each for each in found if isinstance(each, DeliveryError)]
    assert [each.reason for each in errors] == [DeliveryFailure.TIMEOUT] * 6
    assert [each.in_doubt for each in errors] == [True] * 4 + [False] * 2


@pytest.mark.parametrize("url", ["", "khong-phai-dia-chi", "tgram://", "khongco://a/b"])
def test_an_address_that_apprise_does_not_know_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(AppriseAddressError, match=r"^so$") as caught:
        AppriseChannel(AppriseConfig({"so": url}))

    assert url == "" or url not in str(caught.value)


def test_apprise_is_loaded_only_where_it_is_used() -> None:
    program = "import sys, alerts.channels, monitor.outgoing; print('apprise' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=Path.cwd())

    assert printed.stdout.strip() == b"False"
