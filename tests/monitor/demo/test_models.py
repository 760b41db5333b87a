from hypothesis import given
from hypothesis import strategies as st

from monitor.demo import ber
from monitor.demo.agent import GET, Agent
from monitor.demo.models import MODELS, Device, objects_of, octets
from monitor.demo.states import States
from tests.monitor.demo.test_agent import request, rows_of

CPE = "10.51.3.1"
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
WAN_IN, WAN_OUT, WAN_IN_32 = (
    (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 1),
    (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10, 1),
    (1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1),
)
LAN_OUT = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10, 2)
LEAST_CONTRACT_BPS = 10e6


def numbers(agent: Agent, *oids: ber.Oid, now: float) -> list[int]:
    return [
        int.from_bytes(value, "big")
        for _, _, value in rows_of(agent.answer(request(GET, *oids), CPE, now=now))
    ]


@given(
    st.floats(0, 90 * 86_400),
    st.floats(10, 900),
    st.ip_addresses(v=4, network="10.51.0.0/16").map(str),
    st.sampled_from(["down", "up"]),
)
def test_traffic_never_runs_back_and_fits_the_thinnest_line(
    uptime_s: float, span_s: float, address: str, way: str
) -> None:
    before, after = (octets(Device(address, at, States(), 0.0), way) for at in (uptime_s, uptime_s + span_s))
    assert 0 < (after - before) * 8 / span_s < 0.9 * LEAST_CONTRACT_BPS


def test_counters_of_all_widths_tell_the_same_and_what_comes_in_goes_out() -> None:
    agent = Agent("public", now=0.0)
    wide, narrow, other_side = numbers(agent, WAN_IN, WAN_IN_32, LAN_OUT, now=1_000.0)
    assert narrow == wide % 2**32
    assert other_side == wide


def test_a_boot_begins_the_counters_anew_together_with_the_uptime() -> None:
    agent = Agent("public", now=0.0)
    before = numbers(agent, UPTIME, WAN_IN, WAN_OUT, now=100.0)
    agent.boot("10.51.3.0/24", now=100.0)
    after = numbers(agent, UPTIME, WAN_IN, WAN_OUT, now=101.0)
    assert after[0] == 100
    assert all(new < old / 10 for new, old in zip(after, before, strict=True))


def test_every_object_of_every_model_can_be_told() -> None:
    device = Device("10.51.3.9", 12.5, States(), 3.0)
    for model in MODELS:
        objects = objects_of(model)
        assert list(objects) == sorted(objects)
        for value in objects.values():
            assert len(list(ber.decode(value(device)))) == 1
