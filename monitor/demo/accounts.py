"""The demo's accounts: one for each role worth looking at, with passwords that are made when it starts."""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from inventory.model import Inventory

_POLL_S: Final = 0.2
_TIMEOUT_S: Final = 15.0
_ALPHABET: Final = "abcdefghkmnpqrstuvwxyz23456789"
"""Nothing that is taken for something else when it is copied by hand."""
_GROUPS: Final = 4
_TAKEN: Final = 409


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in."""

    name: str
    display_name: str
    role: str
    about: str
    """What there is to see with it."""
    unit: str = ""
    password: str = field(default="", repr=False)


def demo_accounts(inventory: Inventory, commune: str) -> tuple[DemoAccount, ...]:
    """Return the accounts; `commune`: whose the last one is."""
    unit = inventory.units[commune]
    return (
        DemoAccount(
            "quan-tri", "Quản trị hệ thống", "admin", "tài khoản, danh mục, nhật ký", "", _password()
        ),
        DemoAccount("truc", "Trần Thị Ngọc", "duty", "nhận xử lý, bảo trì, lịch trực", "", _password()),
        DemoAccount("lanh-dao", "Lãnh đạo Sở", "leader", "một trang tóm tắt", "", _password()),
        DemoAccount("bao-cao", "Lê Văn Bình", "reporter", "báo cáo tháng", "", _password()),
        DemoAccount("xa", f"UBND {unit.name}", "commune", f"chỉ {unit.name}", commune, _password()),
    )


async def add_accounts(socket: Path, accounts: Sequence[DemoAccount]) -> None:
    """Add them to the daemon behind this socket, as soon as it answers; those of an earlier run get new passwords."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    connector = aiohttp.UnixConnector(str(socket))
    async with aiohttp.ClientSession("http://localhost", connector=connector, timeout=timeout) as session:
        await _until_it_answers(session)
        for account in accounts:
            body = {"name": account.name, "displayName": account.display_name, "role": account.role}
            async with session.post("/api/v1/accounts", json={**body, "unit": account.unit}) as answer:
                if answer.status != _TAKEN:
                    answer.raise_for_status()
            path = f"/api/v1/accounts/{account.name}/password"
            async with session.put(path, json={"password": account.password}) as answer:
                answer.raise_for_status()


async def _until_it_answers(session: aiohttp.ClientSession) -> None:
    while True:
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with session.get("/healthz"):
                return
        await asyncio.sleep(_POLL_S)


def _password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))
