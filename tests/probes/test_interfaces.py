import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.kind import Probe
from probes.reading import FailureReason, Reading
from probes.snmp.interface_rates import NO_RATE_WORDS
from probes.snmp.interface_table import (
    ADMIN_STATUS,
    DESCR,
    NAME,
    TYPE,
    Interface,
    NotFound,
    choose,
    clean_name,
    speed_bps,
)
from probes.snmp.interfaces import KIND, MOST_INTERFACES, InterfacesOptions
from tests.probes.agent import Mib, running_agent
from tests.probes.interface_mib import LOOPBACK, Box, Port
from tests.probes.secrets import PUBLIC
from tests.servers.snmpd import Snmpd

TICK_S = 50.0
"""The device's clock between two runs: as far ahead of ours as is still believed."""


@dataclass
class Watch:
    """A device, its agent and a probe that remembers."""

    box: Box
    mib: Mib
    probe: Probe
    options: InterfacesOptions

    async def run(self, *, later_s: float = 0.0) -> Reading:
        self.box.show(later_s=later_s)
        return await self.probe("127.0.0.1", self.options, timeout_s=2.0)

    async def twice(self, change: Callable[[Box], None]) -> Reading:
        assert "no_rates" in (await self.run()).notes
        change(self.box)
        return await self.run(later_s=TICK_S)


@asynccontextmanager
async def watching(*ports: Port, names: tuple[str, ...] = ("wan",), **options: Any) -> AsyncIterator[Watch]:
    box = Box(list(ports))
    mib = Mib(box.objects)
    async with running_agent(mib) as agent, KIND.connect(PUBLIC) as probe:
        chosen = InterfacesOptions.model_validate({"port": agent.port, "interfaces": names, **options})
        yield Watch(box, mib, probe, chosen)


def traffic(name: str, *, received: int = 0, sent: int = 0) -> Callable[[Box], None]:
    def change(box: Box) -> None:
        for port in box.ports:
            if port.name == name:
                port.in_octets += received
                port.out_octets += sent

    return change


async def test_the_first_run_says_that_it_has_no_rates() -> None:
    async with watching(Port(1, "wan")) as watch:
        seen = await watch.run()

    assert seen.ok
    assert seen.metrics == {"if_up": 1.0, "speed_bps": 100e6, "sys_uptime_s": 10_000.0}
    assert seen.notes["no_rates"] == "lần đo đầu, chưa có tốc độ"


@pytest.mark.parametrize("is_wide", [True, False])
async def test_rates_are_measured_against_contract_and_port(is_wide: bool) -> None:  # noqa: FBT001 (parametrized)
    port = Port(1, "wan", is_wide=is_wide, in_octets=2**32 - 1_000, speed_bps=20_000_000)
    async with watching(port, contracted_bps=10e6, contracted_out_bps=2e6) as watch:
        seen = await watch.twice(traffic("wan", received=25_000_000, sent=6_250_000))

    assert seen.metrics["rates_over_s"] == TICK_S
    assert seen.metrics["in_bps"] == 4e6
    assert seen.metrics["out_bps"] == 1e6
    assert (seen.metrics["in_use_ratio"], seen.metrics["out_use_ratio"]) == (0.4, 0.5)
    assert (seen.metrics["in_line_ratio"], seen.metrics["out_line_ratio"]) == (0.2, 0.05)
    assert seen.notes["counter_bits"] == ("64" if is_wide else "32")
    assert "no_rates" not in seen.notes


async def test_without_a_contract_there_is_no_share_of_it() -> None:
    async with watching(Port(1, "wan")) as watch:
        seen = await watch.twice(traffic("wan", received=1_000))

    assert "in_use_ratio" not in seen.metrics
    assert seen.metrics["in_line_ratio"] > 0


async def test_a_contract_of_one_direction_gives_a_share_of_that_only() -> None:
    async with watching(Port(1, "wan"), contracted_in_bps=1e6) as watch:
        seen = await watch.twice(traffic("wan", received=1_000))

    assert "in_use_ratio" in seen.metrics
    assert "out_use_ratio" not in seen.metrics


async def test_errors_and_discards_are_shares_of_the_packets() -> None:
    def change(box: Box) -> None:
        traffic("wan", received=990_000, sent=1_000_000)(box)
        box.ports[0].in_errors += 10
        box.ports[0].out_discards += 20

    async with watching(Port(1, "wan")) as watch:
        seen = await watch.twice(change)

    assert seen.metrics["in_error_ratio"] == pytest.approx(0.01)
    assert seen.metrics["out_discard_ratio"] == pytest.approx(0.02)
    assert seen.metrics["in_discard_ratio"] == 0
    assert seen.metrics["out_error_ratio"] == 0


async def test_without_packets_there_are_no_shares_of_them() -> None:
    async with watching(Port(1, "wan")) as watch:
        seen = await watch.twice(lambda _: None)

    assert seen.metrics["in_bps"] == 0
    assert not {name for name in seen.metrics if "error" in name or "discard" in name}


def restart(box: Box) -> None:
    box.uptime_ticks = 0
    box.ports[0].in_octets += 100_000


def reset(box: Box) -> None:
    box.ports[0].in_octets = 0
    box.ports[0].out_octets = 0


def discontinue(box: Box) -> None:
    box.ports[0].discontinuity = box.uptime_ticks


def reboot_engine(box: Box) -> None:
    box.boots = 8


def jump(box: Box) -> None:
    box.ports[0].in_octets += 10**15
    box.ports[0].out_octets += 10**15


@pytest.mark.parametrize("change", [restart, reset, discontinue, reboot_engine, jump])
async def test_what_began_anew_gives_no_rate_and_then_rates_again(change: Callable[[Box], None]) -> None:
    async with watching(Port(1, "wan", in_octets=10**9, out_octets=10**9)) as watch:
        watch.box.boots = 7
        seen = await watch.twice(change)
        after = await watch.run(later_s=TICK_S)

    assert seen.ok
    assert not {name for name in seen.metrics if name.endswith("_bps")} - {"speed_bps"}
    assert seen.notes["no_rates"] in NO_RATE_WORDS.values()
    assert after.metrics["in_bps"] == 0
    assert "no_rates" not in after.notes


async def test_497_days_are_no_restart() -> None:
    async with watching(Port(1, "wan")) as watch:
        watch.box.uptime_ticks = 2**32 - 1_000
        seen = await watch.twice(traffic("wan", received=6_250_000))

    assert seen.metrics["in_bps"] == 1e6
    assert seen.metrics["sys_uptime_s"] == 40


async def test_a_32_bit_counter_of_a_fast_line_is_not_believed() -> None:
    async with watching(Port(1, "wan", is_wide=False, speed_bps=1_000_000_000)) as watch:
        seen = await watch.twice(traffic("wan", received=6_250_000))

    assert "in_bps" not in seen.metrics
    assert seen.notes["no_rates"] == "bộ đếm 32 bit, hỏi quá thưa so với tốc độ cổng"


async def test_an_agent_that_shows_no_counters_is_told_so() -> None:
    async with watching(Port(1, "wan", is_wide=False, has_octets=False)) as watch:
        seen = await watch.twice(lambda _: None)

    assert seen.ok
    assert seen.notes["no_rates"] == "thiết bị không cho đọc bộ đếm lưu lượng"


async def test_the_real_speed_of_a_line_can_be_stated() -> None:
    async with watching(Port(1, "wan", speed_bps=100_000), line_bps=50e6) as watch:
        seen = await watch.twice(traffic("wan", received=6_250_000))

    assert seen.metrics["in_bps"] == 1e6
    assert seen.metrics["speed_bps"] == 50e6


async def test_runs_in_quick_succession_measure_from_the_same_sample() -> None:
    async with watching(Port(1, "wan")) as watch:
        await watch.run()
        traffic("wan", received=6_250_000)(watch.box)
        soon = await watch.run(later_s=5)
        seen = await watch.run(later_s=TICK_S - 5)

    assert "in_bps" not in soon.metrics
    assert seen.metrics["in_bps"] == 1e6


async def test_counters_that_stand_still_for_a_moment_are_no_rate_of_nothing() -> None:
    """net-snmp before 5.6 and others count anew every 15 s."""
    async with watching(Port(1, "wan")) as watch:
        await watch.run()
        still = await watch.run(later_s=11)
        traffic("wan", received=6_250_000)(watch.box)
        seen = await watch.run(later_s=TICK_S - 11)

    assert "in_bps" not in still.metrics
    assert still.notes["no_rates"] == "vừa đo xong, chưa đủ lâu để tính tốc độ"
    assert seen.metrics["in_bps"] == 1e6


@pytest.mark.parametrize(
    ("before_bps", "after_bps"), [(0, 10_000_000_000), (12_000_000, 8_000_000), (8_000_000, 100_000_000)]
)
async def test_a_new_speed_is_known_by_the_run_after_the_next(before_bps: int, after_bps: int) -> None:
    async with watching(Port(1, "wan", speed_bps=before_bps)) as watch:
        await watch.run()
        watch.box.ports[0].speed_bps = after_bps
        await watch.run(later_s=TICK_S)
        seen = await watch.run(later_s=TICK_S)

    assert seen.metrics["speed_bps"] == after_bps


async def test_a_re_indexed_device_never_mixes_series() -> None:
    """lan had sent ten times as much; after the swap its counters stand where wan's were."""

    def swap(box: Box) -> None:
        wan, lan = box.ports
        wan.index, lan.index = lan.index, wan.index

    async with watching(Port(1, "wan", in_octets=10**6), Port(2, "lan", in_octets=10**7)) as watch:
        seen = await watch.twice(swap)
        traffic("wan", received=6_250_000)(watch.box)
        after = await watch.run(later_s=TICK_S)

    assert seen.ok
    assert "in_bps" not in seen.metrics
    assert seen.notes == {"interface": "wan", "counter_bits": "64", "no_rates": "lần đo đầu, chưa có tốc độ"}
    assert after.metrics["in_bps"] == 1e6


async def test_an_interface_that_goes_away_and_comes_back_elsewhere_is_found() -> None:
    async with watching(Port(1, "wan"), Port(2, "lan")) as watch:
        await watch.run()
        wan = watch.box.ports.pop(0)
        gone = await watch.run(later_s=TICK_S)
        wan.index = 17
        watch.box.ports.append(wan)
        back = await watch.run(later_s=TICK_S)

    assert gone.reason is FailureReason.UNEXPECTED_ANSWER
    assert gone.detail == "không có giao diện wan; thiết bị có: lan, Descr of lan"
    assert back.ok


@pytest.mark.parametrize(
    ("port", "detail"),
    [
        (Port(1, "wan", oper=2), "giao diện wan mất kết nối"),
        (Port(1, "wan", oper=7), "giao diện wan tầng dưới mất kết nối"),
        (Port(1, "wan", oper=2, admin=2), "giao diện wan bị tắt trong cấu hình"),
        (Port(1, "wan", oper=9), "giao diện wan ở trạng thái 9"),
    ],
)
async def test_a_configured_interface_that_is_down_is_told_by_name(port: Port, detail: str) -> None:
    async with watching(port) as watch:
        seen = await watch.run()

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail == detail
    assert seen.metrics["if_up"] == 0
    assert seen.metrics["sys_uptime_s"] > 0


async def test_an_agent_that_cannot_tell_the_state_says_neither_up_nor_down() -> None:
    async with watching(Port(1, "wan", oper=4)) as watch:
        seen = await watch.run()

    assert seen.ok
    assert "if_up" not in seen.metrics


async def test_later_runs_ask_for_one_answer_with_what_is_there_and_no_more() -> None:
    async with watching(Port(1, "wan", is_wide=False), Port(2, "lan")) as watch:
        await watch.run()
        first = len(watch.mib.asked)
        await watch.run(later_s=TICK_S)
        later = watch.mib.asked[first:]

    assert len(later) == 1
    assert set(later[0].names) <= watch.box.objects.keys()
    assert len(later[0].oids) <= 20


async def test_version_1_is_asked_for_what_it_knows() -> None:
    async with watching(Port(1, "wan", has_name=False, is_wide=False), version="1") as watch:
        seen = await watch.twice(traffic("wan", received=6_250_000))

    assert seen.metrics["in_bps"] == 1e6


async def test_an_interface_without_a_short_name_goes_by_its_description() -> None:
    async with watching(Port(1, "WAN port", has_name=False), names=("WAN port",)) as watch:
        assert (await watch.run()).ok


async def test_names_from_the_device_are_clean_lines() -> None:
    nasty = b"w\x00a\r\nn\xe2\x80\xae<script>\xff"
    async with watching(Port(1, nasty, oper=2), names=("w a n <script>\N{REPLACEMENT CHARACTER}",)) as watch:
        seen = await watch.run()

    assert seen.metrics["if_up"] == 0
    assert seen.detail.isprintable()
    assert all(note.isprintable() for note in seen.notes.values())


def cards(count: int) -> list[Port]:
    return [Port(number, f"Gi0/{number}") for number in range(1, count + 1)]


async def test_without_names_all_that_is_switched_on_is_watched_and_the_worst_is_named() -> None:
    ports = [
        *cards(3),
        Port(4, "off", admin=2, oper=2),
        Port(5, "lo", kind=LOOPBACK),
        Port(6, "Gi0/6", oper=2),
    ]

    async with watching(*ports, names=()) as watch:
        seen = await watch.twice(traffic("Gi0/2", received=62_500_000, sent=6_250_000))

    assert seen.ok
    assert (seen.metrics["interfaces_up"], seen.metrics["interfaces_down"]) == (3, 1)
    assert (seen.metrics["in_bps"], seen.metrics["out_bps"]) == (10e6, 1e6)
    assert seen.metrics["worst_line_ratio"] == 0.1
    assert seen.notes["worst_line"] == "Gi0/2"
    assert seen.notes["down"] == "Gi0/6 (mất kết nối)"


async def test_a_port_that_is_switched_off_is_not_down() -> None:
    def switch_off(box: Box) -> None:
        box.ports[0].admin = box.ports[0].oper = 2

    async with watching(*cards(2), names=()) as watch:
        seen = await watch.twice(switch_off)

    assert (seen.metrics["interfaces_up"], seen.metrics["interfaces_down"]) == (1, 0)


async def test_one_of_several_named_interfaces_is_down() -> None:
    async with watching(*cards(2), names=("Gi0/1", "Gi0/2")) as watch:
        seen = await watch.twice(lambda box: setattr(box.ports[1], "oper", 2))

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail == "1 giao diện không hoạt động: Gi0/2 (mất kết nối)"
    assert seen.metrics["interfaces_up"] == 1


async def test_a_new_card_is_seen_when_the_device_says_that_its_table_changed() -> None:
    async with watching(*cards(1), names=()) as watch:
        await watch.run()
        watch.box.ports.append(Port(9, "Gi1/1"))
        watch.box.table_changed = watch.box.uptime_ticks
        await watch.run(later_s=TICK_S)
        seen = await watch.run(later_s=TICK_S)

    assert seen.metrics["interfaces_up"] == 2


async def test_a_large_switch_is_watched_in_part_and_says_so() -> None:
    async with watching(*cards(MOST_INTERFACES + 3), names=()) as watch:
        seen = await watch.run()

    assert seen.metrics["interfaces_up"] == MOST_INTERFACES
    assert seen.notes["left_out"].startswith("còn 3 cổng")


async def test_metrics_are_those_that_the_options_promise() -> None:
    for names in (("wan",), ()):
        async with watching(Port(1, "wan"), names=names) as watch:
            seen = await watch.twice(traffic("wan", received=10_000, sent=10_000))

            assert seen.metrics.keys() <= watch.options.metrics()


async def test_a_real_agent_tells_of_its_loopback_interface(snmpd: Snmpd) -> None:
    for version in ("2c", "1"):
        options = InterfacesOptions.model_validate(
            {"port": snmpd.port, "interfaces": ["lo"], "version": version}
        )
        async with KIND.connect(PUBLIC) as probe:
            seen = await probe("127.0.0.1", options, timeout_s=3.0)
            again = await probe("127.0.0.1", options, timeout_s=3.0)

        assert seen.metrics.keys() == {"if_up", "speed_bps", "sys_uptime_s"}
        assert seen.notes["counter_bits"] == ("64" if version == "2c" else "32")
        assert again.ok


async def test_runs_of_many_checks_at_once_do_not_disturb_each_other() -> None:
    async with watching(*cards(2), names=()) as watch:
        options = [
            watch.options,
            *(watch.options.model_copy(update={"interfaces": (f"Gi0/{n}",)}) for n in (1, 2)),
        ]
        seen = await asyncio.gather(*(watch.probe("127.0.0.1", one, timeout_s=2.0) for one in options))

    assert all(reading.ok for reading in seen)


def table(*ports: Port) -> dict[str, dict[str, Any]]:
    columns: dict[str, dict[str, Any]] = {NAME: {}, DESCR: {}, TYPE: {}, ADMIN_STATUS: {}}
    for port in ports:
        index = str(port.index)
        columns[NAME][index] = port.name if port.has_name else None
        columns[DESCR][index] = f"Ethernet {port.name}".encode()
        columns[TYPE][index] = port.kind
        columns[ADMIN_STATUS][index] = port.admin
    return columns


@pytest.mark.parametrize(
    ("ports", "names", "says"),
    [
        ([Port(1, b"a"), Port(7, b"a")], ["a"], "có 2 giao diện cùng tên a (chỉ số 1, 7)"),
        ([], ["a"], "không có giao diện a"),
        ([], [], "thiết bị không có giao diện nào đang bật"),
        ([Port(1, b"lo", kind=LOOPBACK)], [], "thiết bị không có giao diện nào đang bật"),
    ],
)
def test_a_name_that_does_not_decide_is_not_guessed(ports: list[Port], names: list[str], says: str) -> None:
    with pytest.raises(NotFound) as told:
        choose(table(*ports), names, most=10)

    assert str(told.value) == says


def test_a_short_name_wins_over_the_description_of_another() -> None:
    rows = table(Port(1, b"x"), Port(2, b"Ethernet x"))

    (chosen,) = choose(rows, ["Ethernet x"], most=10).interfaces

    assert chosen == Interface("2", "Ethernet x", f"{NAME}.2", b"Ethernet x")


@pytest.mark.parametrize(
    ("high", "low", "expected"),
    [
        (1_000, 1_000_000_000, 1e9),
        (10_000, 2**32 - 1, 1e10),
        (2, 2_048_000, 2_048_000.0),
        (0, 512_000, 512_000.0),
        (None, 100_000_000, 1e8),
        (None, 2**32 - 1, None),
        (2**32 - 1, 100_000_000, 1e8),
        (0, 0, None),
        (None, None, None),
    ],
)
def test_the_speed_of_a_line(high: int | None, low: int | None, expected: float | None) -> None:
    assert speed_bps(high, low) == expected


@given(st.binary(max_size=600) | st.text(max_size=600) | st.integers() | st.none())
def test_any_name_is_one_clean_line(value: Any) -> None:
    name = clean_name(value)

    assert name.isprintable()
    assert len(name) <= 255


@pytest.mark.parametrize(
    "options",
    [
        {"interfaces": ["a", "a"]},
        {"interfaces": [""]},
        {"interfaces": [f"p{number}" for number in range(65)]},
        {"contracted_bps": 1e6},
        {"interfaces": ["a", "b"], "contracted_in_bps": 1e6},
        {"interfaces": ["a", "b"], "line_bps": 1e6},
        {"interfaces": ["a"], "contracted_bps": 0},
    ],
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InterfacesOptions.model_validate(options)
