import asyncio
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import mqtt_packet as packet
from probes.kind import Secrets
from probes.mqtt import KIND, MqttOptions
from probes.reading import FailureReason, Reading
from tests.probes.places.mqtt import CONNACK, broker
from tests.probes.secrets import COMMUNITY, FixedSecrets, shared
from tests.probes.servers import refused_port, serving
from tests.servers.mosquitto import KIOSK, MONITOR, PASSWORDS, Mosquitto

SECRETS = FixedSecrets(
    broker=PASSWORDS[MONITOR], kiosk=PASSWORDS[KIOSK], wrong="khong-phai", snmp_community="public"
)


async def measured(options: MqttOptions, *, secrets: Secrets = SECRETS, timeout_s: float = 5.0) -> Reading:
    async with KIND.connect(shared(secrets)) as probe:
        return await probe("127.0.0.1", options, timeout_s=timeout_s)


async def test_measures_a_round_trip_through_a_real_broker(mosquitto: Mosquitto) -> None:
    seen = await measured(MqttOptions(port=mosquitto.port, username=MONITOR, password_secret="broker"))

    assert seen.ok, seen
    assert set(seen.metrics) == {"connect_s", "round_trip_s"}
    assert 0 < seen.metrics["round_trip_s"] < 5


async def test_measures_a_round_trip_over_tls(mosquitto: Mosquitto) -> None:
    options = MqttOptions(
        port=mosquitto.tls_port,
        username=MONITOR,
        password_secret="broker",
        tls=True,
        ca_file=mosquitto.authority.file,
    )

    seen = await measured(options)

    assert seen.ok, seen


@pytest.mark.parametrize(
    "options",
    [
        MqttOptions(username=MONITOR, password_secret="wrong"),
        MqttOptions(username="ai-do", password_secret="wrong"),
        MqttOptions(),
    ],
    ids=["wrong password", "unknown user", "nobody"],
)
async def test_a_broker_that_lets_us_not_in_is_an_auth_failure(
    mosquitto: Mosquitto, options: MqttOptions
) -> None:
    seen = await measured(options.model_copy(update={"port": mosquitto.port}))

    assert seen.reason is FailureReason.AUTH, seen
    assert "đăng nhập" in seen.detail


async def test_a_topic_that_is_not_ours_is_an_auth_failure(mosquitto: Mosquitto) -> None:
    seen = await measured(MqttOptions(port=mosquitto.port, username=KIOSK, password_secret="kiosk"))

    assert seen.reason is FailureReason.AUTH, seen


async def test_many_runs_at_once_leave_no_thread_and_no_client(mosquitto: Mosquitto) -> None:
    options = MqttOptions(port=mosquitto.port, username=MONITOR, password_secret="broker")
    async with KIND.connect(shared(SECRETS)) as probe:
        await probe("127.0.0.1", options, timeout_s=5.0)
        before = threading.active_count()
        seen = await asyncio.gather(*(probe("127.0.0.1", options, timeout_s=10.0) for _ in range(50)))

        assert [reading for reading in seen if not reading.ok] == []
        assert threading.active_count() == before


@pytest.mark.parametrize(
    ("connack", "reason", "words"),
    [
        ("2003 00 86 00", FailureReason.AUTH, "sai tài khoản hoặc mật khẩu"),
        ("2003 00 88 00", FailureReason.UNEXPECTED_ANSWER, "không sẵn sàng"),
        ("2003 00 99 00", FailureReason.UNEXPECTED_ANSWER, "mã 0x99"),
        ("e001 8b", FailureReason.UNEXPECTED_ANSWER, "đang tắt"),
        ("2002 00 05", FailureReason.PROTOCOL, "MQTT 5"),
    ],
)
async def test_a_refusal_is_told_in_words(connack: str, reason: FailureReason, words: str) -> None:
    async with serving(broker(connack=bytes.fromhex(connack))) as port:
        seen = await measured(MqttOptions(port=port))

    assert seen.reason is reason
    assert words in seen.detail


async def test_a_refused_connection_and_a_missing_secret_are_told_apart() -> None:
    refused = await measured(MqttOptions(port=refused_port()))
    missing = await measured(MqttOptions(username="a", password_secret="broker"), secrets=COMMUNITY)

    assert refused.reason is FailureReason.REFUSED
    assert missing.reason is FailureReason.LOCAL
    assert "broker" in missing.detail


async def test_a_silent_broker_says_in_which_step(mosquitto: Mosquitto) -> None:
    async with serving(broker(echo=False)) as port:
        seen = await measured(MqttOptions(port=port), timeout_s=0.3)

    assert seen.reason is FailureReason.TIMEOUT
    assert seen.detail == "không xong bước nhận lại tin đã gửi trong 0,3 giây"
    assert set(seen.metrics) == {"connect_s"}


@given(st.integers(0, 255), st.binary(max_size=60))
def test_any_bytes_are_a_packet_or_malformed(first: int, body: bytes) -> None:
    try:
        seen = packet.parse(first, body)
    except packet.MalformedError:
        return
    assert isinstance(seen, packet.Answer | packet.Publish)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.binary(max_size=2_000))
def test_a_message_comes_back_as_it_was_sent(topic: str, payload: bytes) -> None:
    sent = packet.publish(topic, payload, packet_id=7)
    header = next(size for size in range(2, 6) if packet.body_length(sent[:size]) is not None)

    assert packet.body_length(sent[:header]) == len(sent) - header
    assert packet.parse(sent[0], sent[header:]) == packet.Publish(
        topic.encode(), payload, 7, is_retained=False
    )


@pytest.mark.parametrize(
    "header", ["20ffffff7f", "20ffffffff", "2081808080"], ids=["too large", "endless", "endless zeros"]
)
def test_a_length_is_bounded(header: str) -> None:
    whole = bytes.fromhex(header)

    assert [packet.body_length(whole[:size]) for size in range(2, 5)] == [None] * 3
    with pytest.raises(packet.MalformedError):
        packet.body_length(whole)


def test_a_connack_of_mqtt_3_is_malformed() -> None:
    assert packet.parse(CONNACK[0], CONNACK[2:]) == packet.Answer(packet.Kind.CONNACK, 0)
    with pytest.raises(packet.MalformedError):
        packet.parse(0x20, b"\x00\x01")


def test_no_secret_is_in_what_options_show() -> None:
    shown = json.dumps(MqttOptions(username=MONITOR, password_secret="broker").model_dump(mode="json"))

    assert PASSWORDS[MONITOR] not in shown
