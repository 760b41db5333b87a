"""`report`: a period from draft to frozen edition at the terminal; what is changed goes through the daemon's socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from alerts.model.decision import Decision
from alerts.model.incident import Incident, IncidentEvent, LogKind
from inventory.loader import load
from monitor.accounting.correcting import CorrectionWish
from monitor.accounting.desk import CorrectionDesk
from monitor.accounting.model import Part
from monitor.clock import SystemClock
from monitor.report.child import answer
from monitor.report.editions import edition_rows
from monitor.report.editions.desk import ReportDesk
from monitor.report.process import Job, ReportProcess
from monitor.settings.settings import load_settings
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.cli.conftest import Run, Told, config, run
from tests.monitor.cli.test_uptime import at, month_of_march, state_dir_of
from tests.monitor.report.editions.test_freezing import edition
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.samples import snapshot_of

__all__ = ["config", "run"]

MARCH = ("--period", "2025-03")
_THROUGH_SOCKET = frozenset({"edit", "add", "field", "freeze"})


class TablesProcess(ReportProcess):
    """Does here what the child does, and of the tables alone: starting it, and drawing, take most of the time."""

    async def build(self, job: Job) -> dict[str, Any]:
        asked = json.dumps(self._asked(replace(job, formats=("xlsx", "csv"))))
        return await asyncio.to_thread(answer, json.loads(asked))


@dataclass
class Terminal:
    config: Path
    socket: Path
    run: Run
    corrections: CorrectionDesk
    store: StateStore
    reports: ReportDesk

    async def type(self, action: str, *words: object) -> Told:
        with_socket = ("--socket", self.socket) if action in _THROUGH_SOCKET else ()
        return await asyncio.to_thread(
            self.run, "report", action, *words, "--config", self.config, *with_socket
        )

    async def json(self, action: str, *words: object) -> Any:
        told = await self.type(action, *words, "-o", "json")
        assert told.code == 0, told.err
        return json.loads(told.out)

    async def sentences(self, *words: object) -> dict[str, Any]:
        draft = await self.json("draft", *MARCH, *words)
        return {each["id"]: each for each in draft["sentences"]}


@pytest.fixture
async def terminal(
    config: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Terminal]:
    settings = load_settings(config)
    await month_of_march(state_dir_of(config))
    inventory, clock = load(settings.inventory), SystemClock()
    async with StateStore.open(settings.state_dir / "state.db", now=clock.now()) as store:
        corrections = CorrectionDesk(
            store.database, clock=clock, inventory=lambda: inventory, settings=lambda: settings.accounting
        )
        reports = ReportDesk(
            store.database,
            TablesProcess(config, settings.state_dir),
            clock=clock,
            settings=lambda: settings,
            inventory=lambda: inventory,
        )
        held = HeldDaemon(snapshot_of(inventory), corrections=corrections, reports=reports)
        runner = make_runner(make_app(held, SocketDoor()))
        await runner.setup()
        socket = tmp_path_factory.mktemp("s") / "api.sock"
        await web.UnixSite(runner, str(socket)).start()
        yield Terminal(config, socket, run, corrections, store, reports)
        await runner.cleanup()


async def audit_of(store: StateStore) -> list[str]:
    rows = await store.database.read(
        lambda connection: connection.execute("select action from audit order by id").fetchall()
    )
    return [action for (action,) in rows]


async def test_what_a_writer_changes_survives_and_is_in_the_audit_log(terminal: Terminal) -> None:
    before = await terminal.sentences()
    assert before["K1"]["used"]

    text = "Mạng truyền số liệu chuyên dùng: câu của người viết."
    assert (await terminal.type("edit", "k1", "--text", text, "--who", "Lan", *MARCH)).code == 0
    assert (await terminal.type("edit", "K1", "--drop", "--who", "An", *MARCH)).code == 0
    added = await terminal.type("add", "--section", "difficulties", "--text", "Câu thêm.", *MARCH)
    assert "đã thêm câu them-1" in added.out
    await terminal.type("field", "signer", "Nguyễn Văn An", "--who", "Lan", *MARCH)

    after = await terminal.sentences()
    assert (after["K1"]["text"], after["K1"]["used"], after["K1"]["edited"]) == (text, False, True)
    assert after["them-1"]["text"] == "Câu thêm."
    shown = (await terminal.type("draft", *MARCH)).out
    assert "[ ] K1" in shown
    assert "(thêm tay): Câu thêm." in shown
    fields = await terminal.json("field", "--period", "2025-04")
    assert [(each["key"], each["period"]) for each in fields["items"]] == [("signer", "2025-03")]
    assert await audit_of(terminal.store) == [
        *("report.edited", "report.edited", "report.added", "report.filled")
    ]

    await terminal.type("edit", "K1", "--restore", "--who", "Lan", *MARCH)
    gone = await terminal.type("edit", "them-1", "--restore", "--who", "Lan", *MARCH)
    assert "đã xóa câu them-1" in gone.out
    again = await terminal.sentences()
    assert again["K1"] == before["K1"]
    assert "them-1" not in again


async def test_what_cannot_be_changed_is_refused_with_a_remedy(terminal: Terminal) -> None:
    unknown = await terminal.type("edit", "H99", "--use", *MARCH)
    nothing = await terminal.type("edit", "K1", *MARCH)
    empty = await terminal.type("edit", "K1", "--text", " ", *MARCH)
    field = await terminal.type("field", "so_van_ban", "12", *MARCH)
    half = await terminal.type("field", "signer", *MARCH)
    strange = await terminal.type("add", "--section", "causes", "--group", "xx", "--text", "Câu.", *MARCH)
    lost = await terminal.type("add", "--section", "results", "--group", "local", "--text", "Câu.", *MARCH)
    period = await terminal.type("draft", "--period", "thang-ba")

    assert (unknown.code, nothing.code, empty.code, field.code, half.code, period.code) == (2, 1, 1, 1, 2, 2)
    assert (strange.code, lost.code) == (1, 1)
    assert "central, enterprise, local, objective" in strange.err
    assert "không có câu 'H99'" in unknown.err
    assert "K1" in unknown.err, "which there are"
    assert "--restore" in nothing.err
    assert "câu trống" in empty.err
    assert "storm_days" in field.err
    assert "kỳ có thể là" in period.err


async def test_a_sentence_leads_to_what_it_rests_on(terminal: Terminal) -> None:
    draft = await terminal.sentences()
    found = await terminal.json("sentences", "--evidence", "H1", *MARCH)

    [outage] = found["outages"]
    assert outage["target_id"] == "21484.cpe"
    assert outage["down_s"] == 7_200
    assert [outage["id"]] == draft["H1"]["evidence"]["outages"]
    shown = await terminal.type("sentences", "--evidence", "H1", *MARCH)
    assert "02 giờ 00 phút" in shown.out or "02 giờ" in shown.out


async def merged(store: StateStore) -> None:
    """Of two incidents of March somebody made the one part of the other, today."""
    down = at("2025-03-10 08:00")
    first = Incident("SC-2025-0001", "21484.cpe/icmp", down, down + 60, "timeout", resolved_at=down + 7_200)
    second = replace(first, id="SC-2025-0002", root_check_id="23308.cpe/icmp", part_of=first.id)
    event = IncidentEvent(second.id, SystemClock().now(), LogKind.PART_OF, who="Lan", text=first.id)
    await store.commit(Decision(incidents=(first, second), log=(event,)))


async def test_a_frozen_period_prints_the_same_whatever_is_decided_later(
    terminal: Terminal, tmp_path: Path
) -> None:
    told = await terminal.type("freeze", *MARCH, "--who", "Lan", "--yes")
    assert told.code == 0, told.err
    frozen = load_settings(terminal.config).state_dir / "reports" / "2025-03" / "report-ban-1"

    wish = CorrectionWish(
        ("21484.cpe/icmp",),
        at("2025-03-10 08:00"),
        at("2025-03-10 10:00"),
        Part.MAINTENANCE,
        Part.DOWN,
        "nhà mạng đã báo trước",
        "Lan",
        "An",
    )
    await terminal.corrections.correct(wish)
    await merged(terminal.store)
    await terminal.type("edit", "K1", "--text", "Câu khác hẳn.", "--who", "Lan", *MARCH)
    again = await terminal.type("build", *MARCH, "--to", tmp_path / "x", "--format", "xlsx,csv")
    assert again.code == 0
    assert "Chú ý" not in again.err, "built again, not only kept"
    names = sorted(path.name for path in (tmp_path / "x").iterdir())
    assert names == [f"BC-giam-sat-2025-03-ban1{suffix}" for suffix in (".csv.zip", ".xlsx")]
    for name in names:
        assert (tmp_path / "x" / name).read_bytes() == (frozen / name).read_bytes()

    told = await terminal.type("diff", *MARCH, "--exit-code", "-o", "json")
    diff = json.loads(told.out)
    assert told.code == 1
    decision, joined = diff["decisions"]
    assert "lý do: nhà mạng đã báo trước; Lan thực hiện, An duyệt" in decision
    assert joined == "Sự cố SC-2025-0002 gộp vào sự cố SC-2025-0001; Lan thực hiện."
    assert {"Câu K1", "Câu H1"} <= {each["what"] for each in diff["differences"]}

    # The next month's draft tells it, too.
    later = (await terminal.type("draft", "--period", "2025-04")).out
    assert "Đính chính\nBáo cáo tháng 3 năm 2025, bản 1" in later
    assert f"- {decision}\n- {joined}\n" in later
    # And when that one is frozen, no later one does.
    april = replace(edition(), period_id="2025-04", frozen_at=SystemClock().now())
    await terminal.store.database.write(partial(edition_rows.insert_edition, edition=april))
    assert (await terminal.json("draft", "--period", "2025-05"))["errata"] == []


async def test_a_draft_waits_for_no_frozen_period_that_is_damaged_or_of_another_version(
    terminal: Terminal,
) -> None:
    whole = replace(edition(), period_id="2025-01")
    other = replace(edition(), period_id="2025-02", content="[]", digest=edition_rows.digest_of("[]"))
    for each in (whole, other):
        await terminal.store.database.write(partial(edition_rows.insert_edition, edition=each))
    await terminal.store.database.write(
        lambda connection: connection.execute(
            "update report_edition set content = x'00' where period = '2025-01'"
        )
    )
    draft = await terminal.json("draft", *MARCH)
    diff = await terminal.type("diff", "--period", "2025-02")

    assert (draft["errata"], bool(draft["sentences"])) == ([], True)
    assert diff.code == 1
    assert "không đọc được" in diff.err


async def test_a_second_revision_needs_reason_and_approver(terminal: Terminal) -> None:
    first = replace(edition(), period_id="2025-03")
    await terminal.store.database.write(partial(edition_rows.insert_edition, edition=first))
    no_reason = await terminal.type("freeze", *MARCH, "--who", "Lan", "--yes")
    same = await terminal.type(
        "freeze", *MARCH, "--reason", "vì", "--who", "Lan", "--approver", "lan", "--yes"
    )
    dry = await terminal.type(
        "freeze", *MARCH, "--reason", "vì", "--who", "Lan", "--approver", "An", "--dry-run"
    )

    assert (no_reason.code, same.code, dry.code) == (1, 1, 0)
    assert "--approver" in no_reason.err
    assert "người duyệt cũng là người chốt" in same.err
    assert "Sẽ là bản 2 của kỳ 2025-03" in dry.err


@pytest.mark.slow
async def test_a_second_revision_says_what_it_says_otherwise_and_the_first_stays(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.reports._process = ReportProcess(terminal.config, load_settings(terminal.config).state_dir)
    assert (await terminal.type("freeze", *MARCH, "--who", "Lan", "--yes")).code == 0
    await terminal.type("edit", "K1", "--text", "Câu khác hẳn.", "--who", "Lan", *MARCH)
    xlsx = ("--format", "xlsx,docx", "--to", tmp_path / "x")
    await terminal.type("build", *MARCH, *xlsx)
    names = ("BC-giam-sat-2025-03-ban1.docx", "BC-giam-sat-2025-03-ban1.xlsx")
    before = [(tmp_path / "x" / name).read_bytes() for name in names]

    better = ("--reason", "sửa câu K1", "--approver", "An", "--who", "Lan", "--yes")
    assert "bản 2" in (await terminal.type("freeze", *MARCH, *better)).out
    editions = (await terminal.json("list"))["items"]
    assert [(each["revision"], each["approver"]) for each in editions] == [(1, None), (2, "An")]
    assert (await terminal.type("build", *MARCH, "--format", "html", "--to", tmp_path)).code == 0
    page = (tmp_path / "BC-giam-sat-2025-03-ban2.html").read_text(encoding="utf-8")
    assert "Đính chính" in page
    assert "Sửa lời văn, không đổi số liệu." in page
    assert "Câu khác hẳn." in page
    old = await terminal.type("build", *MARCH, "--revision", "1", *xlsx)
    assert (old.code, "Chú ý" in old.err) == (0, False)
    assert [(tmp_path / "x" / name).read_bytes() for name in names] == before


async def test_a_period_that_is_not_over_is_not_frozen(terminal: Terminal) -> None:
    told = await terminal.type("freeze", "--period", "2990-01", "--yes", "--who", "Lan")
    unsure = await terminal.type("freeze", *MARCH, "--who", "Lan")

    assert (told.code, unsure.code) == (1, 2)
    assert "kỳ này chưa hết" in told.err
    assert "thêm --yes" in unsure.err


async def test_without_a_daemon_what_writes_says_so_and_what_reads_works(config: Path, run: Run) -> None:
    await month_of_march(state_dir_of(config))
    add = run("report", "add", "--section", "measures", "--text", "Câu.", *MARCH, "--config", config)
    data = run("report", "data", *MARCH, "--config", config)
    listing = run("report", "list", "--config", config)

    assert add.code == 4
    assert "chưa có tiến trình nào chạy ở đó" in add.err
    assert data.code == 0
    assert "2g00p" in data.rows[0]
    assert (listing.code, listing.out) == (0, "")
    assert "Chưa chốt kỳ nào." in listing.err


async def test_what_is_not_there_or_cannot_be_written_is_named_and_no_file_written_over_unasked(
    config: Path, run: Run, tmp_path: Path
) -> None:
    await month_of_march(state_dir_of(config))
    (tmp_path / "tep").write_text("")
    edited = tmp_path / "x" / "BC-giam-sat-2025-03-nhap.csv.zip"
    edited.parent.mkdir()
    edited.write_text("sửa tay")
    asked = ("report", "build", *MARCH, "--config", config, "--format", "csv")
    no_edition = run(*asked, "--revision", "3", "--to", tmp_path)
    no_folder = run(*asked, "--to", tmp_path / "tep" / "x")

    taken = run(*asked, "--to", edited.parent)
    assert (taken.code, edited.read_text()) == (2, "sửa tay")
    assert f"đã có {edited}" in taken.err
    assert "--yes" in taken.err
    assert [run(*asked, "--to", edited.parent, *more).code for more in (("--yes",), ())] == [0, 0], "the same"
    assert [path.name for path in edited.parent.iterdir()] == [edited.name]
    assert (no_edition.code, no_folder.code) == (1, 1)
    assert "chưa có bản chốt 3" in no_edition.err
    assert "không ghi được vào" in no_folder.err


async def test_an_own_template_is_written_and_checked(config: Path, run: Run, tmp_path: Path) -> None:
    made, broken = tmp_path / "mau.docx", tmp_path / "hong.docx"
    broken.write_bytes(b"x")

    assert run("report", "template", "--to", made, "--config", config).code == 0
    assert run("report", "template", "--check", made, "--config", config).code == 0
    assert run("report", "template", "--to", made, "--config", config).code == 2, "not over another"
    assert run("report", "template", "--check", broken, "--config", config).code == 1
