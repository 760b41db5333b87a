import asyncio
import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.handshake import TlsContexts
from probes.kind import Probe
from probes.reading import FailureReason, Reading
from probes.trust import TlsTrust
from probes.videoos import answers
from probes.videoos.probe import KIND, VideoosOptions
from probes.videoos.rest import ALLOWED, Answer, Device, open_rest
from probes.videoos.sessions import LoginError, ticket_of
from tests.probes.certificates import make_authority
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.probes.servers import dripping, page, serving
from tests.probes.videoos_device import (
    FAR_SITE,
    PASSWORD,
    SYSTEM,
    USER,
    Room,
    conference,
    media_stream,
    parts,
    running,
)

LOGIN, LOGOUT = ("POST", "/rest/current/session"), ("DELETE", "/rest/current/session")
READS = [("GET", "/rest/system"), ("GET", "/rest/system/status"), ("GET", "/rest/conferences")]


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return make_authority(tmp_path).server("room")


@pytest.fixture
async def room(tls: ssl.SSLContext) -> AsyncIterator[Room]:
    async with running(Room(), tls) as device:
        yield device


@asynccontextmanager
async def probing(tmp_path: Path, **secrets: str) -> AsyncIterator[tuple[Probe, VideoosOptions]]:
    known = shared(FixedSecrets(**secrets)) if secrets else PUBLIC
    async with KIND.connect(known) as probe:
        yield probe, VideoosOptions(ca_file=tmp_path / "authority.crt")


async def read(room: Room, tmp_path: Path, *, times: int = 1) -> Reading:
    async with probing(tmp_path) as (probe, options):
        for _ in range(times):
            seen = await probe(f"127.0.0.1:{room.port}", options, timeout_s=5)
    return seen


async def test_a_room_tells_its_state(room: Room, tmp_path: Path) -> None:
    seen = await read(room, tmp_path)

    assert seen.ok
    assert 0 < seen.metrics["answer_s"] < 5
    assert {name: value for name, value in seen.metrics.items() if name != "answer_s"} == {
        "uptime_s": 3068321.1,
        "lan_up": 1,
        "reboot_needed": 0,
        "endpoint_sip_unregistered": 0,
        "endpoint_camera_failed": 0,
        "endpoint_microphone_failed": 0,
        "endpoint_network_failed": 0,
        "in_call": 0,
    }
    assert seen.notes == {
        "device_model": "StudioX30",
        "device_software": "3.10.0",
        "device_state": "ASLEEP",
    }


async def test_a_call_tells_its_worst_loss_and_jitter_and_what_is_received(
    room: Room, tmp_path: Path
) -> None:
    room.answers["/rest/conferences"] = [conference("0"), conference("PENDING", is_active=False)]
    room.answers["/rest/conferences/0/mediastats"] = [
        media_stream("RX", "VIDEO", rate=1_920, jitter=12.5, loss=0.4),
        media_stream("RX", "AUDIO", rate=64, jitter=3, loss=0),
        media_stream("TX", "VIDEO", rate=1_800, jitter=0, loss=2.5),
    ]
    seen = await read(room, tmp_path)

    assert seen.metrics["in_call"] == 1
    assert seen.metrics["call_loss_ratio"] == pytest.approx(0.025)
    assert seen.metrics["call_jitter_s"] == pytest.approx(0.0125)
    assert seen.metrics["call_bitrate_bps"] == 1_984_000
    assert FAR_SITE not in f"{seen}"
    assert "example.vn" not in f"{seen}"


async def test_many_runs_use_one_session_that_ends_with_the_daemon(room: Room, tmp_path: Path) -> None:
    seen = await read(room, tmp_path, times=4)

    assert seen.ok
    assert room.heard == [LOGIN, *READS * 4, LOGOUT]
    assert room.sessions == {}


async def test_one_run_leaves_no_connection_open(room: Room, tmp_path: Path) -> None:
    async with probing(tmp_path) as (probe, options):
        for _ in range(3):
            await probe(f"127.0.0.1:{room.port}", options, timeout_s=5)
        assert len(room.connections) == 4, "one for the login, one for each run"
        async with asyncio.timeout(2):
            while not all(transport is None or transport.is_closing() for transport in room.connections):
                await asyncio.sleep(0.01)


async def test_runs_at_the_same_time_share_the_session(room: Room, tmp_path: Path) -> None:
    async with probing(tmp_path) as (probe, options):
        address = f"127.0.0.1:{room.port}"
        seen = await asyncio.gather(*(probe(address, options, timeout_s=5) for _ in range(5)))

    assert all(reading.ok for reading in seen)
    assert room.heard.count(LOGIN) == 1


@pytest.mark.parametrize("refusal", [401, 403])
async def test_an_expired_session_is_renewed_once(room: Room, tmp_path: Path, refusal: int) -> None:
    room.refusal = refusal
    async with probing(tmp_path) as (probe, options):
        await probe(f"127.0.0.1:{room.port}", options, timeout_s=5)
        room.expire()
        seen = await probe(f"127.0.0.1:{room.port}", options, timeout_s=5)

    assert seen.ok
    assert room.heard == [LOGIN, *READS, READS[0], LOGIN, *READS, LOGOUT]


async def test_a_wrong_password_is_not_tried_again_and_again(room: Room, tmp_path: Path) -> None:
    async with probing(tmp_path, videoos_user=USER, videoos_password="wrong") as (probe, options):
        seen = [await probe(f"127.0.0.1:{room.port}", options, timeout_s=5) for _ in range(5)]

    assert {reading.reason for reading in seen} == {FailureReason.AUTH}
    assert room.heard == [LOGIN]
    assert "wrong" not in f"{seen}"


async def test_an_account_without_rights_is_auth_and_does_not_fill_the_list_of_sessions(
    room: Room, tmp_path: Path
) -> None:
    room.most_sessions = 99
    room.statuses["/rest/system"] = 403
    async with probing(tmp_path) as (probe, options):
        seen = [await probe(f"127.0.0.1:{room.port}", options, timeout_s=5) for _ in range(5)]

    assert {reading.reason for reading in seen} == {FailureReason.AUTH}
    assert room.heard.count(LOGIN) == 2


async def test_a_full_list_of_sessions_is_told(room: Room, tmp_path: Path) -> None:
    room.sessions["of somebody else"] = "token"
    seen = await read(room, tmp_path)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert "503" in seen.detail


async def test_a_login_that_outlives_its_run_is_not_lost(tls: ssl.SSLContext, tmp_path: Path) -> None:
    logins = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal logins
        asked = await reader.readuntil(b"\r\n\r\n")
        if asked.startswith(b"POST"):
            logins += 1
            await asyncio.sleep(0.5)
            writer.write(page(b'{"success": true}', headers="Set-Cookie: session_id=kept\r\n"))
        else:
            assert b"Cookie: session_id=kept\r\n" in asked
            writer.write(page(b"{}" if b"/rest/system " in asked else b"[]", headers="Connection: close\r\n"))
        await writer.drain()

    options = VideoosOptions(verify_tls=False)  # no authorities to load within the short time
    async with serving(slow, tls=tls) as port, probing(tmp_path) as (probe, _):
        first = await probe(f"127.0.0.1:{port}", options, timeout_s=0.3)
        second = await probe(f"127.0.0.1:{port}", options, timeout_s=5)

    assert first.reason is FailureReason.TIMEOUT
    assert "đăng nhập" in first.detail
    assert second.ok
    assert logins == 1


async def test_a_version_without_some_paths_has_no_such_metrics(room: Room, tmp_path: Path) -> None:
    room.answers = {"/rest/system": {"state": "READY"}}
    seen = await read(room, tmp_path)

    assert seen.ok
    assert seen.metrics.keys() == {"answer_s"}


async def test_a_failing_path_keeps_what_was_read_before(room: Room, tmp_path: Path) -> None:
    room.statuses["/rest/conferences"] = 500
    seen = await read(room, tmp_path)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.metrics["uptime_s"] == 3068321.1


async def test_a_redirect_is_not_followed(room: Room, tmp_path: Path) -> None:
    room.statuses["/rest/system"] = 302
    seen = await read(room, tmp_path)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert room.heard == [LOGIN, READS[0], LOGOUT]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"uptime": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 5_000,
        b'{"uptime": ' + b"9" * 4_999 + b"}",
    ],
)
async def test_hostile_json_is_protocol(room: Room, tmp_path: Path, body: bytes) -> None:
    room.answers["/rest/system"] = body

    assert (await read(room, tmp_path)).reason is FailureReason.PROTOCOL


async def test_a_body_without_end_is_cut(room: Room, tmp_path: Path) -> None:
    room.answers["/rest/system/status"] = b" " * 300_000

    assert (await read(room, tmp_path)).reason is FailureReason.UNEXPECTED_ANSWER


async def test_hostile_conference_numbers_lead_nowhere(room: Room, tmp_path: Path) -> None:
    strange = ["../../system/reboot", "0/../1", "٣", "-1", "1234567", "", None, 3.5, ["0"], True]
    room.answers["/rest/conferences"] = [conference(index) for index in [*strange, "7", "8", "9"]]
    seen = await read(room, tmp_path)

    assert seen.ok
    assert [path for _, path in room.heard[4:-1]] == [
        "/rest/conferences/7/mediastats",
        "/rest/conferences/8/mediastats",
    ]


async def test_nothing_else_than_what_is_allowed_can_leave(room: Room, tmp_path: Path) -> None:
    device = Device("127.0.0.1", room.port, "127.0.0.1")
    ends_at = asyncio.get_running_loop().time() + 5
    trust = TlsTrust(ca_file=tmp_path / "authority.crt")
    refused = [
        ("POST", "/rest/conferences"),
        ("POST", "/rest/system/reboot"),
        ("POST", "/rest/system"),
        ("GET", "/rest/system/reboot"),
        ("GET", "/rest/current/session"),
        ("GET", "/rest/conferences/1"),
        ("GET", "/rest/conferences/1/mediastats/x"),
        ("GET", "/rest/system\n"),
        ("GET", "/rest/system/../system/reboot"),
        ("DELETE", "/rest/conferences/1"),
        ("PUT", "/rest/current/session"),
        ("HEAD", "/rest/system"),
        ("post", "/rest/current/session"),
    ]
    async with open_rest(device, trust, TlsContexts(), ends_at=ends_at) as rest:
        for method, path in refused:
            with pytest.raises(ValueError, match="is not allowed"):
                await rest.send(method, path, headers={})

    assert room.heard == []
    assert ALLOWED.keys() == {"POST", "DELETE", "GET"}


async def test_the_password_goes_only_to_a_verified_device(room: Room, tmp_path: Path) -> None:
    address = f"127.0.0.1:{room.port}"
    async with KIND.connect(PUBLIC) as probe:
        untrusted = await probe(address, VideoosOptions(), timeout_s=5)
        other = await probe(address, VideoosOptions(fingerprint="00" * 32), timeout_s=5)
        assert room.logins == []

        blocks = (tmp_path / "room.pem").read_text().partition("-----BEGIN CERTIFICATE-----")
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(blocks[1] + blocks[2])).hexdigest()
        pinned = await probe(address, VideoosOptions(fingerprint=digest), timeout_s=5)

    assert {untrusted.reason, other.reason} == {FailureReason.TLS}
    assert pinned.ok
    assert room.logins == [{"user": USER, "password": PASSWORD}]


async def test_no_secret_is_our_fault(room: Room, tmp_path: Path) -> None:
    async with probing(tmp_path, videoos_user=USER) as (probe, options):
        seen = await probe(f"127.0.0.1:{room.port}", options, timeout_s=5)

    assert seen.reason is FailureReason.LOCAL
    assert "videoos-password" in seen.detail
    assert options.secrets() == {"videoos-user", "videoos-password"}


@pytest.mark.alone
async def test_a_device_that_drips_its_state_ends_with_the_deadline(
    tls: ssl.SSLContext, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    async with serving(dripping(page(b"{}")), tls=tls) as port, probing(tmp_path) as (probe, options):
        started_at = loop.time()
        seen = await probe(f"127.0.0.1:{port}", options, timeout_s=0.4)
        took_s = loop.time() - started_at

    assert seen.reason is FailureReason.TIMEOUT
    assert took_s < 0.9


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ("up", 0),
        ("all_up", 0),
        ("down", 1),
        ("all_down", 1),
        ("off", None),
        ("unknown", None),
        ("full", None),
    ],
)
def test_off_and_unknown_are_missing(state: str, value: float | None) -> None:
    assert answers.status(parts(gatekeeper=state)).get("endpoint_h323_unregistered") == value


def test_one_part_down_of_several_is_down() -> None:
    assert answers.status([{"name": "system.status.mr.camera", "stateList": ["up", "down"]}]) == {
        "endpoint_camera_failed": 1
    }


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
KNOWN = st.sampled_from(
    [*SYSTEM, "name", "stateList", "id", "isActive", "percentPacketLoss", "jitter", "actualBitRate"]
)


@given(JSON | st.lists(st.dictionaries(KNOWN, JSON)) | st.dictionaries(KNOWN, JSON))
def test_any_json_gives_clean_metrics_or_is_unreadable(answer: Any) -> None:
    found: dict[str, float] = {}
    for read_part in (lambda: answers.system(answer)[0], lambda: answers.conferences(answer)[0]):
        try:
            found |= read_part()
        except answers.UnreadableError:
            continue
    found |= answers.status(answer) | answers.media([answer])

    assert found.keys() <= answers.METRICS.keys()
    assert all(isinstance(value, float) and 0 <= value < 1e12 for value in found.values())


@pytest.mark.parametrize("depth", range(50, 1_000, 50))
def test_a_conference_numbered_by_a_nest_has_no_number(depth: int) -> None:
    nest: Any = []
    for _ in range(depth):
        nest = [nest]

    assert answers.conferences([{"isActive": True, "id": nest}]) == ({"in_call": 1.0}, [])


@given(st.binary(max_size=300))
def test_no_body_raises_anything_else(body: bytes) -> None:
    try:
        answers.read_json(body)
    except answers.UnreadableError:
        return
    json.loads(body)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(200, b'{"success": false}', {"session_id": "a"}), FailureReason.AUTH),
        (Answer(401, b"", {}), FailureReason.AUTH),
        (Answer(429, b"", {}), FailureReason.UNEXPECTED_ANSWER),
        (Answer(200, b'{"success": true}', {}), FailureReason.PROTOCOL),
        (Answer(200, b'{"success": true, "sessionId": "a\\r\\nX: y"}', {}), FailureReason.PROTOCOL),
        (Answer(200, b"<html>", {"session_id": "a"}), FailureReason.PROTOCOL),
    ],
)
def test_a_login_without_a_usable_session_is_none(answer: Answer, reason: FailureReason) -> None:
    with pytest.raises(LoginError) as caught:
        ticket_of(answer)

    assert caught.value.reason is reason


def test_a_device_without_xsrf_token_gets_none() -> None:
    assert ticket_of(Answer(200, b'{"success": true, "sessionId": "a+b"}', {})) == {
        "Cookie": "session_id=a+b"
    }
