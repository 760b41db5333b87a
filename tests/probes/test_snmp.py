import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds import KINDS
from probes.reading import FailureReason, Reading
from probes.snmp.scalars import KIND, SYS_UPTIME, SnmpOptions
from tests.probes.agent import NO_SUCH_OBJECT, Agent, Behaviour, integer, running_agent, tlv
from tests.probes.secrets import COMMUNITY, PUBLIC, FixedSecrets, shared
from tests.probes.servers import refused_port, silent_udp_port
from tests.servers.snmpd import Snmpd, running_snmpd

OTHER_OID = bytes.fromhex("2b06010201010500")
SYS_NAME = "1.3.6.1.2.1.1.5.0"
NOTHING_THERE = "1.3.6.1.2.1.99.99.0"
V3_SECRETS = FixedSecrets(snmp_auth="authword123", snmp_priv="privword123", wrong="wrongword123")


async def probe(
    port: int,
    *,
    secrets: FixedSecrets = COMMUNITY,
    timeout_s: float = 1.0,
    address: str = "127.0.0.1",
    **options: Any,
) -> Reading:
    async with KIND.connect(shared(secrets)) as measure:
        return await measure(
            address, SnmpOptions.model_validate({"port": port, **options}), timeout_s=timeout_s
        )


async def probe_agent(behaviour: Behaviour, *, timeout_s: float = 0.3, **options: Any) -> Reading:
    async with running_agent(behaviour) as agent:
        return await probe(agent.port, timeout_s=timeout_s, **options)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_the_default_is_the_uptime_in_seconds(snmpd: Snmpd, version: str) -> None:
    seen = await probe(snmpd.port, version=version)

    assert seen.ok
    assert seen.metrics.keys() == {"answer_s", "sys_uptime_s"}
    assert 0 <= seen.metrics["sys_uptime_s"] < 3_600


async def test_a_name_is_resolved(snmpd: Snmpd) -> None:
    assert (await probe(snmpd.port, address="localhost")).ok


async def test_missing_objects_are_missing_metrics(snmpd: Snmpd) -> None:
    seen = await probe(snmpd.port, oids={"sys_uptime_s": SYS_UPTIME, "nothing": NOTHING_THERE})

    assert seen.ok
    assert "nothing" not in seen.metrics


async def test_nothing_at_all_is_an_unexpected_answer(snmpd: Snmpd) -> None:
    assert (
        await probe(snmpd.port, oids={"nothing": NOTHING_THERE})
    ).reason is FailureReason.UNEXPECTED_ANSWER


async def test_what_is_no_number_is_told(snmpd: Snmpd) -> None:
    seen = await probe(snmpd.port, oids={"sys_uptime_s": SYS_UPTIME, "name": SYS_NAME})

    assert seen.ok
    assert "name" not in seen.metrics
    assert seen.detail == "không phải số: name"


async def test_a_wrong_community_is_a_timeout_that_says_so(snmpd: Snmpd) -> None:
    seen = await probe(snmpd.port, secrets=FixedSecrets(snmp_community="hidden-word"), timeout_s=0.3)

    assert seen.reason is FailureReason.TIMEOUT
    assert "community" in seen.detail
    assert "hidden-word" not in seen.detail


async def test_a_missing_secret_is_our_fault() -> None:
    seen = await probe(1, secrets=FixedSecrets())

    assert seen.reason is FailureReason.LOCAL
    assert "snmp-community" in seen.detail


async def test_a_closed_port_is_refused() -> None:
    assert (await probe(refused_port(), timeout_s=5)).reason is FailureReason.REFUSED


async def test_silence_is_a_timeout() -> None:
    with silent_udp_port() as port:
        assert (await probe(port, timeout_s=0.2)).reason is FailureReason.TIMEOUT


BEHAVIOURS: dict[str, tuple[Behaviour, FailureReason | None]] = {
    "the right answer": (lambda get: [get.answer(integer(4_200))], None),
    "another object": (lambda get: [get.reply([(OTHER_OID, integer(1))])], FailureReason.UNEXPECTED_ANSWER),
    "one object too many": (
        lambda get: [get.reply([(get.oids[0], integer(1)), (OTHER_OID, integer(1))])],
        FailureReason.UNEXPECTED_ANSWER,
    ),
    "no object": (lambda get: [get.reply([])], FailureReason.UNEXPECTED_ANSWER),
    "no such object": (lambda get: [get.answer(NO_SUCH_OBJECT)], FailureReason.UNEXPECTED_ANSWER),
    "another request id": (lambda get: [get.reply([], request_id=b"\x01")], FailureReason.TIMEOUT),
    "another community": (lambda get: [get.reply([], community=b"guess")], FailureReason.TIMEOUT),
    "random bytes": (lambda _: [bytes(range(256))], FailureReason.PROTOCOL),
    "truncated": (lambda get: [get.answer(integer(1))[:-3]], FailureReason.PROTOCOL),
    "sixty thousand bytes": (lambda get: [get.answer(tlv(4, b"x" * 60_000))], None),
    "endless length": (lambda _: [b"\x30\x84\xff\xff\xff\xff"], FailureReason.PROTOCOL),
    "deep nesting": (lambda _: [b"\x30\x80" * 1_000], FailureReason.PROTOCOL),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
async def test_each_answer_has_one_reason(name: str) -> None:
    behaviour, reason = BEHAVIOURS[name]

    seen = await probe_agent(behaviour)

    assert seen.reason is reason


async def test_strays_do_not_hide_the_right_answer() -> None:
    seen = await probe_agent(
        lambda get: [
            *(get.reply([], request_id=bytes([number])) for number in range(1, 100)),
            get.answer(integer(7)),
        ]
    )

    assert seen.ok


async def test_a_right_answer_from_another_address_is_ignored() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        forger.bind(("127.0.0.2", 0))
        async with running_agent(lambda get: [get.answer(integer(1))], other_source=forger) as agent:
            seen = await probe(agent.port, timeout_s=0.3)

    assert seen.reason is FailureReason.TIMEOUT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (integer(-5), -5.0),
        (tlv(0x41, b"\x00\xff\xff\xff\xff"), 4_294_967_295.0),
        (tlv(0x46, b"\x00" + b"\xff" * 8), float(2**64 - 1)),
        (tlv(4, b" 12.5 "), 12.5),
        (tlv(4, b"nan"), None),
        (tlv(4, b"1e999"), None),
        (tlv(4, b"\xff\x00\r\n<script>"), None),
        (tlv(4, b""), None),
    ],
)
async def test_values_become_finite_numbers_or_nothing(value: bytes, expected: float | None) -> None:
    seen = await probe_agent(lambda get: [get.answer(value)], oids={"x": SYS_UPTIME})

    assert seen.metrics.get("x") == expected


async def test_a_factor_turns_the_number_into_the_unit() -> None:
    seen = await probe_agent(
        lambda get: [get.answer(integer(231))], oids={"u_v": SYS_UPTIME}, scale={"u_v": 0.1}
    )

    assert seen.metrics["u_v"] == pytest.approx(23.1)


async def probe_often(agent: Agent, times: int, *, at_once: bool, timeout_s: float = 2.0) -> list[Reading]:
    async with KIND.connect(PUBLIC) as measure:
        runs = [measure("127.0.0.1", SnmpOptions(port=agent.port), timeout_s=timeout_s) for _ in range(times)]
        if at_once:
            return list(await asyncio.gather(*runs))
        return [await run for run in runs]


async def test_a_device_has_one_request_at_a_time() -> None:
    async with running_agent(lambda get: [get.answer(integer(1))], delay_s=0.02) as agent:
        seen = await probe_often(agent, 10, at_once=True)

    assert all(reading.ok for reading in seen)
    assert agent.most_at_once == 1


async def test_a_session_is_used_again() -> None:
    async with running_agent(lambda get: [get.answer(integer(1))]) as agent:
        await probe_often(agent, 5, at_once=False)

    assert len(agent.askers) == 5


async def test_a_session_that_failed_is_not_used_again() -> None:
    async with running_agent(lambda get: [get.answer(integer(1))[:-1]]) as agent:
        await probe_often(agent, 3, at_once=False, timeout_s=0.2)

    assert len(set(agent.askers)) == 3


async def test_two_checks_of_a_dead_device_both_say_that_it_is_silent() -> None:
    async with running_agent(lambda _: []) as agent, KIND.connect(PUBLIC) as measure:
        seen = await asyncio.gather(
            *(
                measure("127.0.0.1", SnmpOptions(port=agent.port), timeout_s=timeout_s)
                for timeout_s in (0.5, 0.2)
            )
        )

    assert {reading.reason for reading in seen} == {FailureReason.TIMEOUT}


@pytest.fixture(scope="module")
def v3_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    folder: Path = tmp_path_factory.mktemp("snmpd-v3")
    users = "\n".join(
        f"createUser {name} {auth} authword123 AES privword123\nrouser {name} authpriv"
        for name, auth in (("modern", "SHA-256"), ("old", "SHA"))
    )
    with running_snmpd(folder, config=users) as agent:
        yield agent


@pytest.mark.parametrize(("user", "auth"), [("modern", "sha256"), ("old", "sha1")])
async def test_version_3_is_authenticated_and_encrypted(v3_agent: Snmpd, user: str, auth: str) -> None:
    seen = await probe(v3_agent.port, secrets=V3_SECRETS, version="3", user=user, auth=auth)

    assert seen.ok
    assert "sys_uptime_s" in seen.metrics


@pytest.mark.parametrize("options", [{"user": "nobody"}, {"user": "modern", "auth_secret": "wrong"}])
async def test_a_rejected_user_is_auth(v3_agent: Snmpd, options: dict[str, Any]) -> None:
    seen = await probe(v3_agent.port, secrets=V3_SECRETS, version="3", **options)

    assert seen.reason is FailureReason.AUTH


@pytest.mark.parametrize(
    "options",
    [
        {"oids": {}},
        {"oids": {"X": SYS_UPTIME}},
        {"oids": {"x": "1.3.six"}},
        {"oids": {"x": ".1.3.6.1"}},
        {"oids": {"x": "1.3.6.1.4294967296"}},
        {"oids": {"x": "1.40.6.1"}},
        {"oids": {f"m{number}": f"1.3.6.1.{number}" for number in range(21)}},
        {"scale": {"unknown": 2}},
        {"version": "3"},
        {"version": "4"},
        {"port": 0},
    ],
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SnmpOptions.model_validate(options)


def test_an_arc_beyond_32_bits_is_told_in_words() -> None:
    with pytest.raises(ValidationError, match="mỗi số không quá 4294967295"):
        SnmpOptions(oids={"x": "1.3.6.1.9999999999"})


def test_options_tell_the_secrets_they_need() -> None:
    assert SnmpOptions().secrets() == {"snmp-community"}
    assert SnmpOptions(version="3", user="monitor").secrets() == {"snmp-auth", "snmp-priv"}


async def test_kinds_share_the_device_and_ask_it_one_question_at_a_time() -> None:
    whole = shared(COMMUNITY)
    interfaces, snmp = KINDS["interfaces"], KINDS["snmp"]
    async with (
        running_agent(lambda get: [get.answer(integer(1))], delay_s=0.05) as agent,
        snmp.connect(whole) as ask,
        interfaces.connect(whole) as count,
    ):
        await asyncio.gather(
            *(
                probe("127.0.0.1", kind.options.model_validate({"port": agent.port}), timeout_s=2.0)
                for kind, probe in ((snmp, ask), (interfaces, count), (snmp, ask))
            )
        )

    assert len(agent.askers) >= 3
    assert agent.most_at_once == 1
