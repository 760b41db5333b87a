"""Where the demo plays: the box with the shipped province in it, or loopback addresses where no box can be built."""

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import inventory
from inventory.loader import load
from inventory.model import Inventory
from monitor.clock import SystemClock
from monitor.demo import terrain
from monitor.demo import timeline as timelines
from monitor.demo.beats import BeatPlan, Machine, make_certificate
from monitor.demo.box import Box
from monitor.demo.devices import DevicePlan
from monitor.demo.folder import write_private
from monitor.demo.loopback import Loopback
from monitor.demo.namespaces import Lack, NamespaceUnavailable
from monitor.demo.timeline import Event, Places
from monitor.demo.wan import MONITOR_ADDRESS
from monitor.inputs.heartbeats import key_of, make_token
from probes.icmp.sockets import rights

PROVINCE = Path(inventory.__file__).parent / "quangngai"
OVERLAY = Path(__file__).parent / "overlay"
_WHY_NO_BOX = {
    Lack.PERMISSION: "cần quyền root hoặc user namespace",
    Lack.TUN: "không mở được /dev/net/tun",
    Lack.COMMAND: "thiếu lệnh hệ thống (gói iproute2, util-linux)",
    Lack.KERNEL: "nhân hệ điều hành từ chối",
}
_BEAT_PORT = 8443

Stage = Box | Loopback


@dataclass(frozen=True, slots=True)
class DemoSecrets:
    """The demo's own secrets, made at its start."""

    community_file: Path
    beat_key: str


@dataclass(frozen=True, slots=True)
class BeatDoor:
    """Where the daemon takes beats: an address of the stage, and files that only we can read."""

    host: str
    port: int
    certificate_file: Path
    key_file: Path
    plan_file: Path
    """For those who send them."""


@dataclass(frozen=True, slots=True)
class Terrain:
    """An inventory made for a stage: its folders, what they say, where things are.

    The last folder switches off what `terrain.targets_elsewhere` names; `inventory` still has it.
    """

    folders: tuple[Path, ...]
    inventory: Inventory
    places: Places
    door: BeatDoor


@asynccontextmanager
async def open_stage(folder: Path, secrets: DemoSecrets) -> AsyncIterator[tuple[Stage, Terrain]]:
    """Build the box, or, where the machine does not allow it, say why and use loopback addresses."""
    plan = terrain.read_address_plan([PROVINCE, OVERLAY])
    door = _door(folder, MONITOR_ADDRESS, _BEAT_PORT)
    land = await asyncio.to_thread(_survey, folder, plan, (), door)
    async with AsyncExitStack() as stack:
        devices = _equip(land, secrets, each_address=False)
        networks = terrain.networks(land.inventory)
        try:
            stage: Stage = await stack.enter_async_context(Box.open(networks=networks, devices=devices))
        except NamespaceUnavailable as error:
            print(
                f"Máy này không dựng được mạng ảo ({_WHY_NO_BOX[error.lack]}: {error.detail}).\n"
                "Bản trình diễn chạy trên 127.0.0.0/8: không có đứt đường truyền, trễ, mất gói, mất điện.\n"
                "Muốn xem đủ: chạy bằng quyền root (sudo make run).\n"
            )
            lack = rights()
            if lack is not None:
                print(f'Tài khoản này không gửi được gói ICMP, nên mọi nơi sẽ chỉ là "chưa rõ": {lack}.\n')
            moved = folder / "overlay-loopback.yaml"
            write_private(moved, yaml.safe_dump(terrain.loopback_plan(plan), allow_unicode=True))
            plan = terrain.read_address_plan([PROVINCE, OVERLAY, moved])
            door = _door(folder, "127.0.0.1", _free_port())
            land = await asyncio.to_thread(_survey, folder, plan, (moved,), door)
            devices = _equip(land, secrets, each_address=True)
            stage = await stack.enter_async_context(Loopback.open(devices=devices))
            if stage.unopened:
                print(
                    f"{len(stage.unopened)} dịch vụ mô phỏng không mở được cổng, ví dụ {stage.unopened[0]}.\n"
                )
        yield stage, land


def _survey(folder: Path, plan: dict[str, Any], more: Sequence[Path], door: BeatDoor) -> Terrain:
    """Load the inventory and have the daemon switch off what cannot be simulated: the demo asks no real system."""
    folders = (PROVINCE, OVERLAY, *more)
    found = load(folders)
    away = folder / "overlay-away.yaml"
    write_private(
        away, yaml.safe_dump(terrain.switch_off(terrain.targets_elsewhere(found)), allow_unicode=True)
    )
    return Terrain((*folders, away), found, terrain.places(found, plan), door)


def _door(folder: Path, host: str, port: int) -> BeatDoor:
    return BeatDoor(host, port, folder / "beats.crt", folder / "beats.key", folder / "beats.json")


def _equip(land: Terrain, secrets: DemoSecrets, *, each_address: bool) -> DevicePlan:
    """Plan the devices, and make what their beats need: a certificate for the door, a token for each machine."""
    door = land.door
    certificate, private = make_certificate(
        door.host, now=dt.datetime.fromtimestamp(SystemClock().now(), dt.UTC)
    )
    write_private(door.certificate_file, certificate)
    write_private(door.key_file, private)
    key = key_of(secrets.beat_key)
    machines = tuple(
        Machine(asset, address, make_token(key, asset, 1))
        for asset, address in terrain.beating(land.inventory).items()
    )
    plan = BeatPlan(f"https://{door.host}:{door.port}/beat", certificate, machines)
    write_private(door.plan_file, plan.to_json())
    return terrain.device_plan(
        land.inventory,
        community_file=secrets.community_file,
        beats_file=door.plan_file,
        each_address=each_address,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def perform(stage: Stage, events: Sequence[Event], places: Places) -> list[Event]:
    """Make events happen; return those that could (without a WAN only what happens to devices themselves can)."""
    done = []
    for event in events:
        for prefix in timelines.prefixes_of(event, places):
            if isinstance(event, timelines.DeviceEvent):
                stage.change(prefix, **timelines.states_of(event))
            elif isinstance(stage, Box):
                _perform_on_wan(stage, event, prefix)
        if isinstance(stage, Box) or isinstance(event, timelines.DeviceEvent):
            done.append(event)
    return done


def _perform_on_wan(box: Box, event: timelines.WanEvent, prefix: str) -> None:
    match event:
        case timelines.Switch(action="cut"):
            box.cut(prefix)
        case timelines.Switch(action="restore"):
            box.restore(prefix)
        case timelines.Switch(action="power_off"):
            box.power_off(prefix)
        case timelines.Switch(action="power_on"):
            box.power_on(prefix)
        case timelines.Latency():
            box.set_link(prefix, latency_s=event.latency_s, jitter_s=event.jitter_s)
        case timelines.Loss():
            box.set_link(prefix, loss_ratio=event.loss_ratio)
