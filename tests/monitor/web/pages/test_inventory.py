"""The pages of the inventory through the application: what would change, apply, go back, who sees which values."""

import json
from pathlib import Path
from typing import Any

import yaml

from monitor.people.rights import Role
from tests.monitor.web.lived import COMMUNE, lived
from tests.monitor.web.page import read

HOSTILE = "<script>alert(1)</script>\"'>"


def rewritten(folder: Path, **targets: Any) -> None:
    """Change targets of the inventory's file; None takes one away."""
    path = folder / "danh-muc" / "tinh.yaml"
    said = yaml.safe_load(path.read_text())
    for key, change in targets.items():
        id_ = f"{key.removeprefix('x')}.tslcd"
        if change is None:
            del said["targets"][id_]
        else:
            said["targets"][id_] |= change
    path.write_text(yaml.safe_dump(said, allow_unicode=True))


async def test_what_was_looked_at_is_applied_and_nothing_else(tmp_path: Path) -> None:
    async with lived(tmp_path, inventory_watch={"enabled": False}) as here:
        status, html = await here.get("/danh-muc", Role.REPORTER)
        assert status == 200
        assert "không có thay đổi nào chờ" in html
        assert "Áp dụng" not in html
        assert (await here.get("/danh-muc", Role.LEADER))[0] == 403
        assert (await here.post("/danh-muc/ap-dung", Role.DUTY, ban="x"))[0] == 403
        assert (await here.post("/danh-muc/hoan-tac", Role.REPORTER, ban="1"))[0] == 403

        rewritten(tmp_path, **{f"x{COMMUNE}": {"name": HOSTILE, "address": "127.0.0.7"}, "x23332": None})
        status, html = await here.get("/danh-muc", Role.ADMIN, **{"so-sanh": "1"})
        page = read(html)
        assert "127.0.0.7" in page.text
        assert HOSTILE in page.text
        assert "<script>alert" not in html
        seen = next(e for e in page.all("input") if e.attributes["name"] == "ban").attributes["value"]
        # Who may not see addresses sees that one changed, not which.
        html = (await here.get("/danh-muc", Role.REPORTER, **{"so-sanh": "1"}))[1]
        assert "127.0.0" not in html
        assert "•••" in html

        status, html = await here.post("/danh-muc/ap-dung", Role.ADMIN, ban=seen)
        assert status == 422
        assert 'id="wrong-dong-y-xoa"' in html
        rewritten(tmp_path, **{f"x{COMMUNE}": {"name": "Đường truyền"}})
        agreed = {"ban": seen, "dong-y-xoa": "1", "ghi-chu": HOSTILE}
        status, html = await here.post("/danh-muc/ap-dung", Role.ADMIN, **agreed)
        assert status == 409
        page = read(html)
        agreed["ban"] = next(e for e in page.all("input") if e.attributes["name"] == "ban").attributes[
            "value"
        ]
        assert (await here.post("/danh-muc/ap-dung", Role.ADMIN, **agreed)) == (303, "/danh-muc")
        assert f"{COMMUNE}.tslcd" in here.daemon.plan.inventory.targets
        assert "23332.tslcd" not in here.daemon.plan.inventory.targets

        # Back to the first version, which is pinned then.
        assert (await here.post("/danh-muc/hoan-tac", Role.ADMIN, ban="1"))[0] == 422
        assert (await here.post("/danh-muc/hoan-tac", Role.ADMIN, ban="99", **{"dong-y": "1"}))[0] == 404
        assert (await here.post("/danh-muc/hoan-tac", Role.ADMIN, ban="1", **{"dong-y": "1"}))[0] == 303
        assert "Đang ghim ở bản 1" in (await here.get("/danh-muc"))[1]
        assert "23332.tslcd" in here.daemon.plan.inventory.targets

        # A folder with a mistake: file, line and remedy to who may see them.
        (tmp_path / "danh-muc" / "sai.yaml").write_text(f"targets:\n  x: {{name: {json.dumps(HOSTILE)}}}\n")
        status, html = await here.get("/danh-muc", Role.ADMIN, **{"so-sanh": "1"})
        assert "sai.yaml:2" in html
        assert "<script>alert" not in html
        assert "sai.yaml:2" not in (await here.get("/danh-muc", Role.REPORTER, **{"so-sanh": "1"}))[1]


async def test_coverage_and_sheets(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        status, html = await here.get("/danh-muc/do-phu", Role.REPORTER)
        assert status == 200
        assert "03/03" in html
        response = await here.client.get("/api/v1/inventory/sheets/export", headers={"X-Role": "admin"})
        assert response.status == 200
        assert (await response.read()).startswith(b"PK")
        assert (await here.get("/api/v1/inventory/sheets/template", Role.ADMIN, profiles=HOSTILE))[0] == 400
        assert (await here.get("/api/v1/inventory/sheets/template", Role.DUTY))[0] == 403
