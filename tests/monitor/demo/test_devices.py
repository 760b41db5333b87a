"""The devices, asked by the very probes that the daemon uses, on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from monitor.demo.devices import DevicePlan
from monitor.demo.loopback import Loopback
from monitor.demo.models import Model
from monitor.demo.states import StateName
from probes.kinds import KINDS
from probes.reading import Reading
from tests.probes.secrets import PUBLIC

pytestmark = pytest.mark.asyncio(loop_scope="module")

CPE, MCU, ENDPOINT, UPS, OTHER_UPS = (f"127.51.9.{number}" for number in (1, 10, 11, 5, 6))
MODELS: dict[str, Model] = {MCU: "rmx", ENDPOINT: "polycom-endpoint", UPS: "ups", OTHER_UPS: "ups"}
TIMEOUT_S = 5.0


def free_udp_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    return port


PORTS = {address: free_udp_port(address) for address in (CPE, *MODELS)}
SIP_PORT = free_udp_port(ENDPOINT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Loopback]:
    snmp = tuple(f"{address}:{port}" for address, port in PORTS.items())
    plan = DevicePlan(http=(), tcp=(), sip=(f"{ENDPOINT}:{SIP_PORT}",), snmp=snmp, models=MODELS)
    async with Loopback.open(devices=plan) as opened:
        assert opened.unopened == ()
        yield opened


async def read(kind: str, address: str, **options: Any) -> Reading:
    async with KINDS[kind].connect(PUBLIC) as probe:
        reading = await probe(address, KINDS[kind].options.model_validate(options), timeout_s=TIMEOUT_S)
    assert reading.ok, reading
    return reading


async def read_device(address: str, device: str) -> dict[str, float]:
    return dict((await read("snmp", address, device=device, port=PORTS[address])).metrics)


async def test_the_mcu_counts_its_ports(stage: Loopback) -> None:
    usual = await read_device(MCU, "rmx")
    assert usual["mcu_ports_total"] == 100
    assert usual["mcu_ports_used_ratio"] < 0.9
    assert usual["mcu_hardware_failed"] == usual["mcu_h323_failed"] == usual["mcu_sip_failed"] == 0
    stage.change(MCU, mcu_ports_used=96)
    full = await read_device(MCU, "rmx")
    assert full["mcu_ports_used_ratio"] == 0.96
    assert full["mcu_participants"] == full["mcu_voice_calls"] + full["mcu_video_calls"] == 96
    stage.change(MCU, mcu_ports_used=usual["mcu_ports_used"])
    assert (await read_device(MCU, "rmx"))["mcu_ports_used_ratio"] == usual["mcu_ports_used_ratio"]


async def test_an_endpoint_is_registered_and_tells_what_its_call_loses(stage: Loopback) -> None:
    well = await read_device(ENDPOINT, "polycom-endpoint")
    assert well["endpoint_h323_unregistered"] == well["endpoint_sip_unregistered"] == 0
    assert well["call_loss_ratio"] == 0
    assert 0 < well["call_jitter_s"] < 0.04
    stage.change(ENDPOINT, call_loss_ratio=0.04)
    assert (await read_device(ENDPOINT, "polycom-endpoint"))["call_loss_ratio"] == pytest.approx(0.04)


async def test_only_the_ups_without_mains_runs_on_its_battery(stage: Loopback) -> None:
    stage.change(UPS, **{StateName.ON_BATTERY: 1})
    await asyncio.sleep(1.2)
    without = await read_device(UPS, "ups")
    with_mains = await read_device(OTHER_UPS, "ups")
    assert (without["ups_on_battery"], with_mains["ups_on_battery"]) == (1, 0)
    assert without["ups_on_battery_s"] >= 1 > with_mains["ups_on_battery_s"]
    assert without["ups_charge_ratio"] < with_mains["ups_charge_ratio"] == 1
    assert without["ups_battery_low"] == 0


async def test_the_line_of_a_router_is_found_by_its_name(stage: Loopback) -> None:
    reading = await read("interfaces", CPE, interfaces=["wan0"], port=PORTS[CPE])
    assert reading.metrics["if_up"] == 1
    assert reading.metrics["speed_bps"] == 100e6


async def test_sip_is_answered(stage: Loopback) -> None:
    reading = await read("sip", f"{ENDPOINT}:{SIP_PORT}")
    assert reading.metrics["sip_status"] == 200
    assert reading.metrics["retransmissions"] == 0
