import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.reading import FailureReason
from probes.snmp.ber import BerError, encode_oid
from probes.snmp.keys import KeyRing
from probes.snmp.message import GET, CommunitySpeaker
from probes.snmp.model import Result
from probes.snmp.session import Community, Dialect, Sessions, SnmpRequestError, UsmUser, Value
from probes.snmp.usm import Security, localized, master_keys
from probes.snmp.v3 import UserSpeaker
from tests.probes.agent import elements, tlv
from tests.probes.servers import responding
from tests.servers.snmpd import Snmpd, running_snmpd

SYS_NAME = "1.3.6.1.2.1.1.5.0"
AUTH = {
    "sha256": "SHA-256",
    "sha224": "SHA-224",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha1": "SHA",
    "md5": "MD5",
}
PRIV = {
    "aes128": "AES",
    "aes192": "AES-192",
    "aes256": "AES-256",
    "des": "DES",
    "aes192-cisco": "AES-192-C",
    "aes256-cisco": "AES-256-C",
}
ACCOUNTS = [
    *((auth, "aes128") for auth in AUTH),
    *(("sha1", priv) for priv in PRIV),
    *(("sha256", "aes256"), ("sha512", "aes256"), ("sha256", "none"), ("md5", "none")),
]


def user(auth: str = "sha256", priv: str = "aes128", *, name: str = "", auth_password: str = "") -> UsmUser:
    chosen = name or f"{auth}{priv}".replace("-", "")
    return UsmUser(chosen, auth, auth_password or "authword123", "privword123", priv)


def configuration() -> str:
    lines = ["createUser nobody", "rouser nobody noauth"]
    for auth, priv in ACCOUNTS:
        name = user(auth, priv).name
        privacy = "" if priv == "none" else f"{PRIV[priv]} privword123"
        lines += [f"createUser {name} {AUTH[auth]} authword123 {privacy}", f"rouser {name} auth"]
    return "\n".join(dict.fromkeys(lines))


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd-v3"), config=configuration()) as running:
        yield running


async def get(
    port: int, account: UsmUser, *, within_s: float = 2.0, sessions: Sessions | None = None
) -> Value:
    used = sessions or Sessions()
    ends_at = asyncio.get_running_loop().time() + within_s
    try:
        found = await used.get("127.0.0.1", port, account, [SYS_NAME], ends_at=ends_at, dialect=Dialect())
        return found.get(SYS_NAME)
    finally:
        if sessions is None:
            used.close()


async def reason(port: int, account: UsmUser, *, within_s: float = 0.4) -> FailureReason:
    with pytest.raises(SnmpRequestError) as caught:
        await get(port, account, within_s=within_s)
    return caught.value.reason


@pytest.mark.parametrize(("auth", "priv"), [*ACCOUNTS, ("none", "none")])
async def test_every_algorithm_agrees_with_net_snmp(agent: Snmpd, auth: str, priv: str) -> None:
    account = user(auth, priv) if auth != "none" else user(auth, priv, name="nobody")

    assert await get(agent.port, account) == socket.gethostname().encode()


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("md5", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_rfc_3414(auth: str, expected: str) -> None:
    masters = master_keys(UsmUser("x", auth, "maplesyrup", "maplesyrup", "des"))

    assert masters.auth == masters.priv
    assert localized(auth, masters.auth, bytes.fromhex("000000000000000000000002")).hex() == expected


async def test_each_rejection_is_told_apart(agent: Snmpd) -> None:
    told = {}
    for what, account in {
        "user": user(name="stranger"),
        "password": user(auth_password="wrongword123"),
        "algorithm": user("sha512", name="sha256aes128"),
        "level": user("sha256", "aes128", name="sha256none"),
    }.items():
        with pytest.raises(SnmpRequestError) as caught:
            await get(agent.port, account)
        assert caught.value.reason is FailureReason.AUTH, what
        assert "wrongword123" not in caught.value.detail
        told[what] = caught.value.detail

    assert "không có tài khoản" in told["user"]
    assert "xác thực" in told["password"]
    assert told["password"] == told["algorithm"]
    assert "mức bảo mật" in told["level"]


async def test_silence_after_the_engine_was_told_points_at_the_encryption(agent: Snmpd) -> None:
    account = UsmUser("sha256aes128", "sha256", "authword123", "wrongword123")

    with pytest.raises(SnmpRequestError) as caught:
        await get(agent.port, account, within_s=0.4)

    assert caught.value.reason is FailureReason.TIMEOUT
    assert "mã hóa" in caught.value.detail


async def test_an_empty_password_is_our_fault() -> None:
    account = UsmUser("x", "sha256", "", "privword123")

    assert await reason(1, account) is FailureReason.LOCAL


@dataclass
class Relay:
    """Stands between us and an agent; `change` returns what reaches us of an answer."""

    port: int
    change: Callable[[bytes], Iterable[bytes]] = lambda answer: [answer]
    passed: int = 0

    def __call__(self, request: bytes) -> Iterable[bytes]:
        self.passed += 1
        return self.change(self.ask(request))

    def ask(self, request: bytes) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.connect(("127.0.0.1", self.port))
            sock.send(request)
            return sock.recv(65_535)


def with_wrong_digest(answer: bytes) -> list[bytes]:
    name = user().name.encode()
    at = answer.find(name + b"\x04\x18") + len(name) + 2
    return [answer[:at] + bytes(24) + answer[at + 24 :]] if name in answer else [answer]


async def test_an_answer_with_a_wrong_digest_is_none(agent: Snmpd) -> None:
    async with responding(Relay(agent.port, with_wrong_digest)) as server:
        assert await reason(server.port, user()) is FailureReason.TIMEOUT


async def test_a_wrong_digest_does_not_hide_the_right_answer(agent: Snmpd) -> None:
    async with responding(Relay(agent.port, lambda answer: [*with_wrong_digest(answer), answer])) as server:
        assert await get(server.port, user()) == socket.gethostname().encode()


class DamagingWire:
    """Brings every damaged copy of each answer first, then the answer; `believed` are the copies that were."""

    def __init__(self, relay: Relay, damage: Callable[[bytes], Iterable[bytes]]) -> None:
        self.ends_at = asyncio.get_running_loop().time() + 5
        self._relay = relay
        self._damage = damage
        self.believed: list[object] = []

    async def exchange(self, datagram: bytes, accept: Callable[[bytes], Result | None]) -> Result:
        answer = self._relay.ask(datagram)
        # The first Report is unsigned: whoever changes it on its way makes us fail, but not believe a value.
        for copy in self._damage(answer) if user().name.encode() in answer else ():
            with contextlib.suppress(BerError):
                believed = accept(copy)
                if believed is not None:
                    self.believed.append(believed)
        right = accept(answer)
        assert right is not None
        return right


def flips(answer: bytes) -> Iterator[bytes]:
    for bit in range(len(answer) * 8):
        changed = bytearray(answer)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


async def test_no_answer_with_one_flipped_bit_is_believed(agent: Snmpd) -> None:
    wire = DamagingWire(Relay(agent.port), flips)

    answer = await UserSpeaker(user(), KeyRing()).ask(wire, GET, [encode_oid(SYS_NAME)])

    assert answer.bindings[0].value == socket.gethostname().encode()
    assert wire.believed == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(at=st.integers(0, 200), noise=st.binary(min_size=1, max_size=8), cut=st.integers(0, 200))
async def test_no_damaged_answer_is_believed(agent: Snmpd, at: int, noise: bytes, cut: int) -> None:
    wire = DamagingWire(
        Relay(agent.port),
        lambda answer: [
            copy
            for copy in (answer[:at] + noise + answer[at + len(noise) :], answer[:cut], answer[:at] + noise)
            if not copy.startswith(answer)
        ],
    )

    await UserSpeaker(user(), KeyRing()).ask(wire, GET, [encode_oid(SYS_NAME)])

    assert wire.believed == []


class ClosedWire:
    """Hands out what would be asked of an answer."""

    ends_at = 0.0
    accept: Callable[[bytes], object]

    async def exchange(self, _datagram: bytes, accept: Callable[[bytes], Result | None]) -> Result:
        self.accept = accept
        raise TimeoutError


@given(st.binary(max_size=300))
async def test_any_bytes_are_passed_over(data: bytes) -> None:
    for speaker in (CommunitySpeaker(Community("2c", "public")), UserSpeaker(user(), KeyRing())):
        wire = ClosedWire()
        with pytest.raises(TimeoutError):
            await speaker.ask(wire, GET, [encode_oid(SYS_NAME)])

        with contextlib.suppress(BerError):
            assert wire.accept(data) is None


@pytest.mark.parametrize("keeps_engine", [True, False])
async def test_an_agent_that_restarted_is_met_anew_within_the_same_request(
    tmp_path: Path, *, keeps_engine: bool
) -> None:
    sessions = Sessions()
    config = configuration()
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    if keeps_engine:
        config += (
            "\nexactEngineID 0x80001f8880aabbccdd\noldEngineID 0x80001f8880aabbccdd\nengineBoots {boots}"
        )
    relay = Relay(0)
    async with responding(relay) as server:
        with running_snmpd(first, config=config.format(boots=1)) as running:
            relay.port = running.port
            await get(server.port, user(), sessions=sessions)
        with running_snmpd(second, config=config.format(boots=7)) as running:
            relay.port = running.port
            before = relay.passed
            assert await get(server.port, user(), sessions=sessions) == socket.gethostname().encode()
    sessions.close()

    assert relay.passed - before == (2 if keeps_engine else 3)


async def test_two_devices_with_one_engine_id_do_not_disturb_each_other(tmp_path: Path) -> None:
    same = f"exactEngineID 0x80001f8880aabbccdd\n{configuration()}"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    sessions = Sessions()
    with (
        running_snmpd(folders[0], config=same) as one,
        running_snmpd(folders[1], config=same) as other,
    ):
        for _ in range(3):
            for device in (one, other):
                assert await get(device.port, user(), sessions=sessions) is not None
    sessions.close()


def with_clock(boots: int, time_s: int) -> Callable[[bytes], Iterable[bytes]]:
    """Forge the clock that an agent tells with its engine, unsigned."""

    def change(answer: bytes) -> Iterable[bytes]:
        ((_, message),) = elements(answer)
        version, header, (_, security), *scoped = elements(message)
        ((_, parts),) = elements(security)
        engine, _, _, name, *rest = elements(parts)
        if name[1]:
            return [answer]
        clock = [(2, number.to_bytes(4, "big")) for number in (boots, time_s)]
        forged = (4, tlv(0x30, joined([engine, *clock, name, *rest])))
        return [tlv(0x30, joined([version, header, forged, *scoped]))]

    return change


def joined(parts: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(tlv(tag, contents) for tag, contents in parts)


@pytest.mark.parametrize("clock", [(0, 0), (2**31 - 1, 2**31 - 1)])
async def test_a_clock_that_nobody_signed_does_not_lock_a_changed_device_out(
    tmp_path: Path, agent: Snmpd, clock: tuple[int, int]
) -> None:
    sessions = Sessions()
    relay = Relay(agent.port, with_clock(*clock))
    async with responding(relay) as server:
        await get(server.port, user(), sessions=sessions)
        with running_snmpd(tmp_path, config=configuration()) as another:
            relay.port = another.port
            before = relay.passed
            assert await get(server.port, user(), sessions=sessions) == socket.gethostname().encode()
    sessions.close()

    assert relay.passed - before == 4  # rejected, the engine asked for, its clock refused, answered


@pytest.mark.parametrize("priv", ["aes128", "des"])
async def test_no_two_messages_are_encrypted_alike_whoever_sends_them(agent: Snmpd, priv: str) -> None:
    account = user("sha1", priv)
    async with responding(Relay(agent.port)) as server:
        for _ in range(3):
            sessions = Sessions()
            for _ in range(3):
                await get(server.port, account, sessions=sessions)
            sessions.close()
        asked = [request for request, _ in server.heard]

    salts = [elements(elements(elements(elements(one)[0][1])[2][1])[0][1])[5][1] for one in asked]
    used = [salt for salt in salts if salt]
    assert len(used) == len(set(used)) == 9


async def test_passwords_are_digested_in_a_thread_of_their_own(agent: Snmpd) -> None:
    sessions = Sessions()
    await get(agent.port, user(), sessions=sessions)
    threads = {thread.name.partition("_")[0] for thread in threading.enumerate()}
    sessions.close()

    assert "snmp-keys" in threads


async def test_passwords_that_cannot_be_digested_in_time_are_our_fault() -> None:
    keys = KeyRing()
    with pytest.raises(SnmpRequestError) as caught:
        await keys.security(user(), b"engine", ends_at=asyncio.get_running_loop().time() - 1)
    keys.close()

    assert caught.value.reason is FailureReason.LOCAL


def reporting(
    counter: str, *, engine_ids: Iterator[bytes], encrypted_for: UsmUser | None = None
) -> Callable[[bytes], Iterable[bytes]]:
    """Answer every request with an unsigned Report of this usmStats counter."""

    def respond(request: bytes) -> Iterable[bytes]:
        ((_, message),) = elements(request)
        message_id = elements(elements(message)[1][1])[0][1]
        engine_id = next(engine_ids)
        oid = encode_oid(f"1.3.6.1.6.3.15.1.1.{counter}.0") if counter else b"\x2b\x80"
        binding = tlv(0x30, tlv(0x30, tlv(6, oid) + tlv(0x41, b"\x01")))
        pdu = tlv(0xA8, tlv(2, b"\0") * 3 + binding)
        scoped = tlv(0x30, tlv(4, engine_id) + tlv(4, b"") + pdu)
        flags, salt = b"\0", b""
        if encrypted_for is not None:
            keys = Security(encrypted_for, master_keys(encrypted_for), engine_id)
            data, salt = keys.encrypt(scoped, boots=1, time_s=1, salt=bytes(8))
            flags, scoped = b"\2", tlv(4, data)
        usm = tlv(4, engine_id) + tlv(2, b"\x01") * 2 + tlv(4, b"") * 2 + tlv(4, salt)
        header = tlv(2, message_id) + tlv(2, b"\x7f\xff") + tlv(4, flags) + tlv(2, b"\3")
        yield tlv(0x30, tlv(2, b"\3") + tlv(0x30, header) + tlv(4, tlv(0x30, usm)) + scoped)

    return respond


async def test_a_device_that_never_knows_its_engine_is_met_anew_once() -> None:
    ids = (b"engine" + bytes([number]) for number in range(100))
    async with responding(reporting("4", engine_ids=ids)) as server:
        assert await reason(server.port, user(), within_s=2) is FailureReason.UNEXPECTED_ANSWER

        assert len(server.heard) == 4


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(reporting("2", engine_ids=itertools.repeat(b"engine")), id="a word about the clock"),
        pytest.param(
            reporting("5", engine_ids=itertools.repeat(b"engine"), encrypted_for=user()), id="encrypted"
        ),
    ],
)
async def test_what_should_be_signed_and_is_not_is_passed_over(
    later: Callable[[bytes], Iterable[bytes]],
) -> None:
    first = reporting("4", engine_ids=itertools.repeat(b"engine"))
    questions = itertools.count()

    def respond(request: bytes) -> Iterable[bytes]:
        return later(request) if next(questions) else first(request)

    async with responding(respond) as server:
        assert await reason(server.port, user()) is FailureReason.TIMEOUT


@pytest.mark.parametrize("counter", ["9", ""])
async def test_a_device_that_only_reports_oddities_is_unexpected(counter: str) -> None:
    async with responding(reporting(counter, engine_ids=itertools.repeat(b"engine"))) as server:
        assert await reason(server.port, user()) is FailureReason.UNEXPECTED_ANSWER
