"""The copy of the status page that outlives the daemon."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from monitor.web.status_copy import StatusCopy, published, put
from tests.monitor.web.lived import COMMUNE, NOW, incident, lived


async def test_a_copy_has_every_page_under_its_own_address(tmp_path: Path) -> None:
    async with lived(tmp_path) as rig:
        await rig.open(incident(7))
        copy = StatusCopy(rig.daemon)
        await copy.write()
        copy.close()
        folder = tmp_path / "state" / "status"
        assert copy.folder == folder
    page = (folder / "tt" / "index.html").read_text()
    assert f'data-at="{NOW:.0f}"' in page
    assert "127.0.0.1" not in page
    for name in ("site.css", "status.css", "status.js", "favicon.svg"):
        assert f"/static/{name}" in page
        assert (folder / "static" / name).exists()
    own = (folder / "tt" / "xa" / COMMUNE / "index.html").read_text()
    assert "Xã Ba Tơ" in own
    assert "/bao" not in own  # nobody would hear it
    assert json.loads((folder / "tt.json").read_text())["communes"]
    ET.fromstring((folder / "tt.atom").read_text())  # noqa: S314 (our own writer's)
    assert not list(folder.rglob("*.moi"))


async def test_a_folder_that_cannot_be_written_is_told_and_keeps_what_was_there(tmp_path: Path) -> None:
    blocked = tmp_path / "tep"
    blocked.write_text("không phải thư mục")
    async with lived(tmp_path, web={"status_folder": str(blocked)}) as rig:
        copy = StatusCopy(rig.daemon)
        await copy.write()
        assert str(blocked) in copy.fault
        copy.close()
    assert blocked.read_text() == "không phải thư mục"


async def test_it_is_written_anew_every_minute(tmp_path: Path) -> None:
    async with lived(tmp_path) as rig:
        async with published(rig.daemon, clock=rig.clock) as copy:
            index = copy.folder / "tt" / "index.html"
            while not index.exists():
                await rig.clock.advance(0)
                await rig.daemon.state.incidents(open_only=True, limit=1)  # lets other threads work
        assert copy.fault == ""


def test_communes_that_are_no_more_leave_the_folder_and_nothing_else_does(tmp_path: Path) -> None:
    put(tmp_path, {"tt/xa/1/index.html": b"a", "tt/xa/2/index.html": b"b", "tt.json": b"{}"})
    (tmp_path / "khac").write_text("x")
    put(tmp_path, {"tt/xa/1/index.html": b"c"})
    assert (tmp_path / "tt/xa/1/index.html").read_bytes() == b"c"
    assert not (tmp_path / "tt/xa/2").exists()
    assert (tmp_path / "tt.json").exists()
    assert (tmp_path / "khac").exists()


@pytest.mark.parametrize("name", ["status.js", "chart.js"])
def test_scripts_never_write_html(name: str) -> None:
    text = (Path(__file__).parents[3] / "monitor" / "web" / "static" / name).read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write"):
        assert way not in text
