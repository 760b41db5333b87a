"""Where the demo plays: the box with the shipped province in it, or loopback addresses where no box can be built."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import inventory
from inventory.loader import load
from inventory.model import Inventory
from monitor.demo import terrain
from monitor.demo import timeline as timelines
from monitor.demo.box import Box
from monitor.demo.loopback import Loopback
from monitor.demo.namespaces import Lack, NamespaceUnavailable
from monitor.demo.timeline import Event, Places
from probes.icmp.sockets import rights

PROVINCE = Path(inventory.__file__).parent / "quangngai"
OVERLAY = Path(__file__).parent / "overlay"
_WHY_NO_BOX = {
    Lack.PERMISSION: "cần quyền root hoặc user namespace",
    Lack.TUN: "không mở được /dev/net/tun",
    Lack.COMMAND: "thiếu lệnh hệ thống (gói iproute2, util-linux)",
    Lack.KERNEL: "nhân hệ điều hành từ chối",
}


Stage = Box | Loopback


@dataclass(frozen=True, slots=True)
class Terrain:
    """An inventory made for a stage: its folders, what they say, where things are.

    The last folder switches off what `terrain.targets_elsewhere` names; `inventory` still has it.
    """

    folders: tuple[Path, ...]
    inventory: Inventory
    places: Places


@asynccontextmanager
async def open_stage(folder: Path, community: Path) -> AsyncIterator[tuple[Stage, Terrain]]:
    """Build the box, or, where the machine does not allow it, say why and use loopback addresses."""
    plan = terrain.read_address_plan([PROVINCE, OVERLAY])
    land = await asyncio.to_thread(_survey, folder, plan, ())
    async with AsyncExitStack() as stack:
        devices = terrain.device_plan(land.inventory, community_file=community, each_address=False)
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
            land = await asyncio.to_thread(_survey, folder, plan, (moved,))
            devices = terrain.device_plan(land.inventory, community_file=community, each_address=True)
            stage = await stack.enter_async_context(Loopback.open(devices=devices))
            if stage.unopened:
                print(
                    f"{len(stage.unopened)} dịch vụ mô phỏng không mở được cổng, ví dụ {stage.unopened[0]}.\n"
                )
        yield stage, land


def _survey(folder: Path, plan: dict[str, Any], more: Sequence[Path]) -> Terrain:
    """Load the inventory and have the daemon switch off what cannot be simulated: the demo asks no real system."""
    folders = (PROVINCE, OVERLAY, *more)
    found = load(folders)
    away = folder / "overlay-away.yaml"
    write_private(
        away, yaml.safe_dump(terrain.switch_off(terrain.targets_elsewhere(found)), allow_unicode=True)
    )
    return Terrain((*folders, away), found, terrain.places(found, plan))


def perform(stage: Stage, events: Sequence[Event], places: Places) -> list[Event]:
    """Make events happen; return those that could (without a WAN only `slow` can)."""
    done = []
    for event in events:
        for prefix in timelines.prefixes_of(event, places):
            if isinstance(event, timelines.Slow):
                stage.slow(prefix, event.delay_s)
            elif isinstance(stage, Box):
                _perform_on_wan(stage, event, prefix)
        if isinstance(stage, Box) or isinstance(event, timelines.Slow):
            done.append(event)
    return done


def _perform_on_wan(box: Box, event: Event, prefix: str) -> None:
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


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
        file.write(text)
