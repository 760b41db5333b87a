"""The pages of meetings through the application."""

from pathlib import Path
from typing import Any

import yaml

from monitor.people.rights import Role
from tests.monitor.web.lived import NAMES, lived
from tests.monitor.web.page import read

HOSTILE = "<script>alert(1)</script>\"'>"
WHEN = {"bat-dau": "2026-11-24T08:00", "ket-thuc": "2026-11-24T10:00"}


def with_endpoints(folder: Path) -> None:
    """Give every commune an endpoint."""
    path = folder / "danh-muc" / "tinh.yaml"
    said: dict[str, Any] = yaml.safe_load(path.read_text())
    check = next(iter(said["profiles"].values()))["checks"]["icmp"]
    said["profiles"]["diem-cau"] = {"layer": "conference", "checks": {"icmp": check}}
    said["targets"] |= {
        f"{code}.hop": {
            "name": f"Điểm cầu {HOSTILE}",
            "unit": code,
            "profile": "diem-cau",
            "address": "127.0.0.1",
        }
        for code in NAMES
    }
    path.write_text(yaml.safe_dump(said, allow_unicode=True))


async def test_a_meeting_is_entered_shown_and_withdrawn(tmp_path: Path) -> None:
    async with lived(tmp_path, change=with_endpoints, report={"mcu_ports": 2}) as here:
        status, html = await here.get("/hop", Role.LEADER)
        assert status == 200
        assert "Chưa có cuộc họp nào sắp tới" in html
        assert "Nhập cuộc họp</button>" not in html
        assert (await here.get("/hop", Role.COMMUNE))[0] == 403
        assert (await here.post("/hop", Role.DUTY, ten="Họp", **WHEN))[0] == 403

        for field, wrong in (
            ("bat-dau", {"bat-dau": "mai"}),
            ("ket-thuc", {"ket-thuc": "2026-11-24T07:00"}),
            ("don-vi", {"don-vi": "Xã Không Có"}),
            ("so-diem", {"so-diem": "nhiều"}),
            ("ten", {"ten": " "}),
        ):
            status, html = await here.post("/hop", Role.REPORTER, **({"ten": HOSTILE, **WHEN} | wrong))
            assert status == 422
            assert f'id="wrong-{field}"' in html
            assert "<script>alert" not in html

        status, where = await here.post("/hop", Role.REPORTER, ten=HOSTILE, **WHEN)
        assert (status, where) == (303, "/hop/HOP-2026-0001")
        status, html = await here.get(where, Role.LEADER)
        page = read(html)
        assert page.one("h1").text == HOSTILE
        assert "thiếu 1 cổng" in page.text
        assert "chưa đến giờ" in page.text
        assert "<script>alert" not in html
        await here.clock.advance(1)
        assert (await here.post("/hop", Role.REPORTER, ten=HOSTILE, **WHEN))[0] == 422
        status, text = await here.get("/hop", Role.LEADER, dang="csv")
        assert status == 200
        assert "HOP-2026-0001" in text

        assert (await here.post(f"{where}/huy", Role.REPORTER)) == (303, "/hop")
        assert (await here.post(f"{where}/huy", Role.REPORTER))[0] == 409
        assert "Đã hủy lúc" in (await here.get(where))[1]
        assert (await here.get("/hop/HOP-2026-0009"))[0] == 404
