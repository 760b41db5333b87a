"""What the demo's terminal tells: where the page is, what happens, which mails really arrived. Reads, never steers."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from inventory.model import Inventory
from monitor.demo import terrain
from monitor.demo.accounts import DemoAccount
from monitor.demo.mailbox import Mail, read_mails
from monitor.demo.timeline import Event

_MAIL_POLL_S = 0.2
_PAGE_POLL_S = 1.0
_PAGE_TIMEOUT_S = 2.0
_LINES_SHOWN = 16
_LINE = "21025.cpe"
"""A line with a contracted bandwidth in the demo's inventory."""
_SIGNATURE = "\n--\n"
_UNWATCHED = "unwatched"
_UP = "up"
_WORDS = {"down": "mất kết nối", "affected": "bị ảnh hưởng", "degraded": "suy giảm", "unknown": "chưa rõ"}

_SYSTEM_WORDS = {_UP: "bình thường", "down": "mất kết nối", "degraded": "suy giảm"}


class Story:
    """Tells on standard output; `elapsed_s` is the time since it was made."""

    def __init__(self, url: str, socket: Path, mailbox: Path) -> None:
        self._url = url
        self._socket = socket
        self._mailbox = mailbox
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()

    def elapsed_s(self) -> float:
        """Return the seconds since the story began."""
        return self._loop.time() - self._started_at

    def open(self, inventory: Inventory, *, is_boxed: bool, folder: Path) -> None:
        """Tell where to look."""
        targets, checks = terrain.size(inventory)
        where = "trong mạng ảo của máy này" if is_boxed else "trên địa chỉ loopback của máy này"
        print(f"Tỉnh Quảng Ngãi mô phỏng: {targets} đối tượng được giám sát, {checks} phép đo, {where}.")
        print("Không gói tin nào ra khỏi máy này.")
        print(f"\n    Trang tổng quan:  {self._url}/")
        print(f"    Hộp thư, nhật ký: {folder}")
        print("    Tải đường truyền, sau khoảng mười phút (cửa sổ dòng lệnh khác):")
        print(f"                      {sys.argv[0]} load {_LINE} --config {folder / 'demo-settings.yaml'}")
        print("    Dừng:             Ctrl-C\n", flush=True)

    def tell_accounts(self, accounts: Sequence[DemoAccount]) -> None:
        """Tell how to sign in."""
        print(f"    Đăng nhập ở {self._url}/dang-nhap bằng một trong các tài khoản này,")
        print("    mật khẩu tạo riêng cho lần chạy này:\n")
        for account in accounts:
            print(f"      {account.name:<10}  {account.password}   {account.about}")
        print(flush=True)

    def tell_event(self, event: Event) -> None:
        """Tell what has just been done to the province."""
        if event.note:
            self._say(f"▶ {event.note}")

    async def tell_mails(self) -> None:
        """Tell each mail that arrives in the mailbox, for ever."""
        told = 0
        while True:
            mails = await asyncio.to_thread(read_mails, self._mailbox)
            for mail in mails[told:]:
                self._tell_mail(mail)
            told = len(mails)
            await asyncio.sleep(_MAIL_POLL_S)

    async def tell_health(self) -> None:
        """Tell, from the daemon's own API, how the communes and the provincial systems do, for ever."""
        last = ""
        systems: dict[str, str] = {}
        is_measured = False
        timeout = aiohttp.ClientTimeout(total=_PAGE_TIMEOUT_S)
        connector = aiohttp.UnixConnector(str(self._socket))
        async with aiohttp.ClientSession("http://localhost", connector=connector, timeout=timeout) as session:
            while True:
                overview = await _overview(session)
                for line in system_news(systems, overview):
                    self._say(f"● {line}")
                states = _communes(overview)
                # The first round takes a while; its progress is no news.
                is_measured = is_measured or (states.total() > 0 and not states["unknown"])
                text = _communes_text(states)
                if is_measured and text != last:
                    self._say(f"● {text}")
                    last = text
                await asyncio.sleep(_PAGE_POLL_S)

    def _tell_mail(self, mail: Mail) -> None:
        self._say(f"✉ Thư đã đến hộp thư của {', '.join(mail.recipients)}: {mail.subject}")
        lines = [line for line in mail.text.partition(_SIGNATURE)[0].splitlines() if line.strip()]
        for line in lines[:_LINES_SHOWN]:
            print(f"          │ {line}")
        if len(lines) > _LINES_SHOWN:
            print("          │ …")
        print(flush=True)

    def _say(self, text: str) -> None:
        minutes, seconds = divmod(int(self.elapsed_s()), 60)
        print(f"[{minutes:02}:{seconds:02}]   {text}", flush=True)


async def _overview(session: aiohttp.ClientSession) -> dict[str, Any]:
    """Return the overview, empty while the daemon does not give one."""
    try:
        async with session.get("/api/v1/overview") as answer:
            if answer.status != 200:  # noqa: PLR2004 (OK)
                return {}
            overview = await answer.json()
    except (aiohttp.ClientError, OSError, TimeoutError, json.JSONDecodeError):
        return {}
    return overview if isinstance(overview, dict) else {}


def system_news(known: dict[str, str], overview: dict[str, Any]) -> list[str]:
    """Return one line for each provincial or central system that fell ill or recovered; `known` is brought up to date."""
    news = []
    for system in overview.get("systems", []):
        name, state = str(system["name"]), str(system["state"])
        before = known.setdefault(name, _UP)
        if state != before and state in _SYSTEM_WORDS:
            known[name] = state
            news.append(f"{name}: {_SYSTEM_WORDS[state]}.")
    return news


def _communes(overview: dict[str, Any]) -> Counter[str]:
    """Count the watched communes by what the page shows of them."""
    states = Counter(str(commune.get("worst", "")) for commune in overview.get("communes", []))
    del states[_UNWATCHED]
    return states


def _communes_text(states: Counter[str]) -> str:
    total = states.total()
    if states[_UP] == total:
        return f"{total} xã, phường, đặc khu: tất cả bình thường."
    parts = [f"{states[state]} {word}" for state, word in _WORDS.items() if states[state]]
    return f"{states[_UP]}/{total} xã, phường, đặc khu bình thường; {', '.join(parts)}."
