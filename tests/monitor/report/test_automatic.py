"""A real daemon at a month's end: its child makes the draft, a real mail server gets it once, also over a restart."""

import asyncio
import datetime as dt
import io
import os
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, Choice, CloseReason, Common, Dimension, Incident, Side
from inventory.problem import ProblemsError
from monitor.app import open_daemon
from monitor.clock import SystemClock
from monitor.daemon import Daemon
from monitor.first_plan import first_plan
from monitor.report.alarm import ReportAlarm
from monitor.report.automatic import AutomaticReports
from monitor.report.child import answer
from monitor.report.process import VERSION, Job, ReportBuildError, ReportProcess
from monitor.storage.done_book import DoneBook
from monitor.storage.state import StateStore
from tests.monitor.cli.conftest import config
from tests.monitor.cli.test_uptime import month_of_march, state_dir_of
from tests.monitor.daemons import write_config
from tests.probes.servers import refused_port
from tests.servers.smtp import Mailbox, smtp_server

__all__ = ["config"]

VN = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST = dt.datetime(2026, 12, 1, 6, 31, tzinfo=VN).timestamp()
DAY_S = 86_400.0
CHECK = "u.may/tcp"
WITHIN_S = 60.0


class ShiftedClock(SystemClock):
    """The machine's clock, set to another day."""

    def __init__(self, now: float) -> None:
        self._shift_s = now - super().now()

    def now(self) -> float:
        return super().now() + self._shift_s


def config_in(folder: Path, smtp_port: int, *, weekly: bool = False, **settings: Any) -> Path:
    return write_config(
        folder,
        **settings,
        port=refused_port(),
        interval_s=3_600,
        email={"host": "127.0.0.1", "port": smtp_port, "security": "none", "sender": "a@tinh.example"},
        backup={"enabled": False},
        report={
            "writers": ["email:lan@tinh.example", "email:an@tinh.example"],
            "formats": ["csv"],
            "weekly": weekly,
        },
    )


async def november(state_dir: Path) -> None:
    """It was up in November 2026 but for four hours on the 10th."""
    begin, down = (dt.datetime(2026, 11, day, 8, tzinfo=VN).timestamp() for day in (1, 10))
    steps = [
        Transition(CHECK, begin, begin, Status.UNKNOWN, Status.UP, ""),
        Transition(CHECK, down, down + 60, Status.UP, Status.DOWN, "timeout"),
        Transition(CHECK, down + 14_400, down + 14_460, Status.DOWN, Status.UP, ""),
    ]
    async with StateStore.open(state_dir / "state.db", now=begin) as store:
        await store.commit(Decision(transitions=tuple(steps), seen=(("u.may", begin),)))
        await store.mark_alive(FIRST - 60)
        await DoneBook(store.database).note_done("report", dt.date(2026, 11, 30))


async def ended(state_dir: Path, *, cause: CauseKind | None, is_group: bool) -> None:
    """An incident of the 10th is over, with a confirmed cause or without; or it is the only member of a group."""
    down = dt.datetime(2026, 11, 10, 8, tzinfo=VN).timestamp()
    incident = Incident(
        id="SC-2026-0001",
        root_check_id=CHECK,
        opened_at=down,
        declared_at=down + 60,
        cause="timeout",
        choice=None if cause is None else Choice(cause, Side.LOCAL, "Lan", down + 3_600),
        resolved_at=down + 14_400,
        close_reason=CloseReason.RECOVERED,
    )
    incidents = [incident]
    if is_group:
        common = Common(Dimension.PROVIDER, "VNPT", "tslcd")
        group = replace(incident, id="SC-2026-0002", root_check_id="", common=common, choice=None)
        incidents = [group, replace(incident, part_of=group.id)]
    async with StateStore.open(state_dir / "state.db", now=down) as store:
        await store.commit(Decision(incidents=tuple(incidents)))
        await DoneBook(store.database).note_done("report", dt.date(2026, 11, 24))


async def bulletins(daemon: Daemon) -> list[str]:
    await daemon._saved_soon()
    rows = await daemon.state.database.read(
        lambda connection: connection.execute(
            "select id from bulletin where kind in ('report', 'self') order by id"
        ).fetchall()
    )
    return [bulletin_id for (bulletin_id,) in rows]


@asynccontextmanager
async def daemon_at(config: Path, now: float) -> AsyncIterator[Daemon]:
    async with open_daemon(first_plan(config), clock=ShiftedClock(now)) as daemon:
        running = asyncio.create_task(daemon.run())
        try:
            yield daemon
        finally:
            daemon.stop()
            await running


async def until_done(daemon: Daemon, day: dt.date) -> None:
    """Let the agenda look as it does every minute, until the day's reports are done."""
    book = DoneBook(daemon.state.database)
    async with asyncio.timeout(WITHIN_S):
        await daemon._agenda.look()
        while await book.done_for("report") != day:
            await asyncio.sleep(0.05)


async def until_mails(mailbox: Mailbox, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while len(mailbox.mails) < count:
            await asyncio.sleep(0.05)


async def test_at_the_end_of_a_month_its_writers_get_the_draft_once_also_over_a_restart(
    tmp_path: Path,
) -> None:
    port = refused_port()
    config = config_in(tmp_path, port)
    (tmp_path / "state").mkdir()
    await november(tmp_path / "state")

    # The mail server is down when the draft is made, and the daemon is stopped before it is up again.
    async with daemon_at(config, FIRST) as daemon:
        await until_done(daemon, dt.date(2026, 12, 1))
        folder = tmp_path / "state" / "reports" / "drafts" / "2026-11" / "report"
        assert {path.suffix for path in folder.iterdir()} == {".zip", ".json"}
        made_at = folder.stat().st_mtime_ns

    async with smtp_server(port=port) as mailbox:
        async with daemon_at(config, FIRST + DAY_S) as daemon:
            await until_done(daemon, dt.date(2026, 12, 2))
            await until_mails(mailbox, 2)
            await asyncio.sleep(0.3)
        mails = list(mailbox.mails)

    assert folder.stat().st_mtime_ns == made_at, "what is made is not made again"
    subject = "[GSHT] DỰ THẢO BÁO CÁO tháng 11 năm 2026"
    assert sorted((mail.recipients[0], str(mail.mail["Subject"])) for mail in mails) == [
        ("an@tinh.example", subject),
        ("lan@tinh.example", subject),
    ]
    draft = mails[0].mail
    files = {part.get_filename(): part.get_payload(decode=True) for part in draft.iter_attachments()}
    assert set(files) == {"BC-giam-sat-2026-11-nhap.csv.zip"}
    tables = files["BC-giam-sat-2026-11-nhap.csv.zip"]
    assert isinstance(tables, bytes)
    with zipfile.ZipFile(io.BytesIO(tables)) as archive:
        assert archive.testzip() is None
        assert any("Bản số liệu (SHA-256): –" in archive.read(name).decode() for name in archive.namelist())
    text = draft.get_body(("plain",))
    assert text is not None
    assert str(folder) in text.get_content(), "who gets no file is told where it lies"


async def test_a_child_of_another_version_than_the_daemons_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReportBuildError, match="khởi động lại dịch vụ giám sát"):
        answer({"version": "0.0.1", "config": str(tmp_path / "none.yaml")})


async def test_what_a_mail_says_of_a_draft_are_its_difficulties(config: Path, tmp_path: Path) -> None:
    await month_of_march(state_dir_of(config))
    job = {
        "version": VERSION,
        "config": str(config),
        "period": "2025-03",
        "kind": "report",
        "folder": str(tmp_path / "out"),
        "formats": ["csv"],
        "now": FIRST,
        "freeze": None,
        "withPictures": False,
    }
    made = answer(job)

    assert made["names"] == [path.name for path in (tmp_path / "out").iterdir()]
    assert made["sentences"][0].startswith("Hệ thống giám sát chỉ thu thập được dữ liệu của 80,00%")
    assert any("01 lượt" in each for each in made["sentences"])
    assert answer(job | {"kind": "week", "period": "2025-w11"})["sentences"] == []


def child_of(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> ReportProcess:
    """Return what starts this script as its child: starting the real one takes a second of the processor."""
    shell = folder / "python"
    shell.write_text(f"#!/bin/sh\n{script}\n")
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))
    return ReportProcess(folder / "none.yaml", folder)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo Traceback >&2; echo; echo 'ổ đĩa đầy' >&2; exit 1", "^ổ đĩa đầy$"),
        ("exit 3", "dừng với mã 3"),
        ("cat >/dev/null", "không trả lời"),
        ("kill -9 $$", "dừng với mã -9"),
    ],
)
async def test_how_a_child_ends_without_an_answer_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
) -> None:
    process = child_of(tmp_path, script, monkeypatch)

    with pytest.raises(ReportBuildError, match=told):
        await process.build(Job("2026-11", "report", tmp_path / "out", ("docx",), FIRST))


async def test_a_child_ends_with_the_daemon_that_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = child_of(
        tmp_path,
        f"echo $$ > {tmp_path}/begun; mv {tmp_path}/begun {tmp_path}/pid; exec sleep 60",
        monkeypatch,
    )
    building = asyncio.create_task(process.build(Job("2026-11", "report", tmp_path, (), FIRST)))
    async with asyncio.timeout(WITHIN_S):
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_child_that_lacks_its_settings_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"none\.yaml"):
        answer({"version": VERSION, "config": str(tmp_path / "none.yaml")})


@pytest.mark.slow
async def test_what_keeps_a_child_from_building_is_said_in_one_line(tmp_path: Path) -> None:
    process = ReportProcess(tmp_path / "none.yaml", tmp_path)
    job = Job("2026-11", "report", tmp_path / "out", ("docx",), FIRST)
    with pytest.raises(ReportBuildError, match=r"none\.yaml") as caught:
        await process.build(job)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cause", "is_group", "expected"),
    [
        (None, False, ["report:2026-11:nudge-1"]),
        (CauseKind.POWER, False, []),
        (None, True, ["report:2026-11:nudge-1"]),
        (CauseKind.POWER, True, []),
    ],
)
async def test_writers_are_nudged_while_causes_are_missing_and_a_month_before_the_first_is_not_drafted(
    tmp_path: Path, cause: CauseKind | None, *, is_group: bool, expected: list[str]
) -> None:
    config = config_in(tmp_path, refused_port())
    (tmp_path / "state").mkdir()
    await november(tmp_path / "state")
    await ended(tmp_path / "state", cause=cause, is_group=is_group)

    async with daemon_at(config, dt.datetime(2026, 11, 25, 6, 31, tzinfo=VN).timestamp()) as daemon:
        await until_done(daemon, dt.date(2026, 11, 25))
        assert await bulletins(daemon) == expected
        waiting = await daemon.state.database.read(
            lambda connection: connection.execute("select recipient, about_id from outbox").fetchall()
        )
    assert not (tmp_path / "state" / "reports" / "drafts").exists()
    assert sorted(waiting) == [
        (to, about) for to in ("an@tinh.example", "lan@tinh.example") for about in expected
    ]


class FailingProcess(ReportProcess):
    """A child that cannot write a month's report until somebody mends it."""

    is_mended = False
    asked: tuple[str, ...] = ()

    async def build(self, job: Job) -> dict[str, Any]:
        self.asked += (job.period,)
        if not self.is_mended and job.kind == "report":
            raise ReportBuildError(f"{job.folder}: ổ đĩa đầy")
        return {"nothing": True}


async def test_after_a_second_failure_somebody_is_told_and_once_when_it_works_again(
    tmp_path: Path,
) -> None:
    people = {"policies": {"default": {"steps": []}, "self": {"steps": [{"to": ["email:may@tinh.example"]}]}}}
    config = config_in(tmp_path, refused_port(), weekly=True, alerting=people)
    (tmp_path / "state").mkdir()
    await november(tmp_path / "state")
    clock = ShiftedClock(FIRST)
    async with daemon_at(config, FIRST) as daemon:
        process = FailingProcess(config, tmp_path / "state")
        reports = AutomaticReports(daemon, process, clock=clock)
        alarm = ReportAlarm(
            daemon.world, daemon.state, reports, clock=clock, carry_out=daemon.carry_out, failing=dict
        )
        told: list[int] = []
        for _ in range(3):
            with pytest.raises(ReportBuildError):
                await reports.run()
            await alarm.look()
            told.append(len(await bulletins(daemon)))
        assert told == [0, 1, 1]
        assert process.asked == ("2026-11", "2026-w48") * 3, "what else is due does not wait for it"

        # Another life of the daemon remembers that it was told.
        again = AutomaticReports(daemon, process, clock=clock)
        later = ReportAlarm(
            daemon.world, daemon.state, again, clock=clock, carry_out=daemon.carry_out, failing=dict
        )
        await later.look()
        assert len(await bulletins(daemon)) == 1, "nothing was tried yet"
        process.is_mended = True
        await again.run()
        for _ in range(2):
            await later.look()
        begun, over = await bulletins(daemon)
    assert begun.startswith("self:report.draft:")
    assert over == f"{begun}:over"
