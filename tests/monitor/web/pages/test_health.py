"""The page of the monitor's own health through the application."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.model.decision import Decision
from alerts.model.notification import Notification, NotificationKind
from monitor.logs import LastTroubles
from monitor.people.rights import Role
from monitor.storage.errors import StorageError, StorageFault
from tests.monitor.web.lived import NOW, incident, lived
from tests.monitor.web.page import read

log = logging.getLogger(__name__)

HOSTILE = "<script>alert(1)</script>\"'>"


async def test_the_verdict_stands_first_and_cards_say_why(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        assert (await here.get("/may-giam-sat", Role.REPORTER))[0] == 403
        status, html = await here.get("/may-giam-sat")
        assert status == 200
        page = read(html)
        titles = [each.text for each in page.all("h2")]
        assert {"Lịch đo", "Kho trạng thái", "Hàng đợi tin", "Sao lưu"} <= set(titles)
        here.daemon.signs.outbox = replace(here.daemon.signs.outbox, dead=2)
        page = read((await here.get("/may-giam-sat"))[1])
        assert (
            page.one("h1").text
            == "2 tin nhắn không gửi được, cần người xem: tslcd-monitor notify queue --dead"
        )
        assert page.all("section", "card")[0].one("h2").text == "Hàng đợi tin"


async def test_administrators_see_the_last_warnings_and_errors_of_the_log(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        keeper = LastTroubles()
        logging.getLogger().addHandler(keeper)
        try:
            _, html = await here.get("/may-giam-sat", Role.ADMIN)
            assert "Chưa có cảnh báo hay lỗi nào từ lúc khởi động." in html
            log.warning("said=%s", HOSTILE)
            log.error("store_failed")
            _, html = await here.get("/may-giam-sat", Role.ADMIN)
            _, of_duty = await here.get("/may-giam-sat", Role.DUTY)
        finally:
            logging.getLogger().removeHandler(keeper)
    rows = [each.text for each in read(html).one("table", "log").all("tr")[1:]]
    assert ["store_failed" in rows[0], "lỗi" in rows[0]] == [True, True]
    assert [HOSTILE in rows[1], "cảnh báo" in rows[1]] == [True, True]
    assert "<script>alert" not in html
    assert "store_failed" not in of_duty
    assert "Cảnh báo và lỗi trong nhật ký" not in of_duty


async def test_the_page_is_there_when_the_databases_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lived(tmp_path) as here:

        async def gone(*_given: object, **_named: object) -> None:
            raise StorageError(StorageFault.IO, "ổ đĩa hỏng", "thay ổ đĩa")

        for database in (here.daemon.state.database, here.daemon.results.database):
            monkeypatch.setattr(database, "read", gone)
        status, html = await here.get("/may-giam-sat")
        assert status == 200
        assert "chưa đọc được" in html
        assert (await here.get("/may-giam-sat/tin"))[0] == 503


async def test_messages_are_retried_dropped_and_tested(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        of = incident(1)
        note = Notification(of.id, NotificationKind.OPENED, "email", HOSTILE, NOW + 3_600)
        await here.daemon.do(Decision(incidents=(of,), notifications=(note,)))
        status, html = await here.get("/may-giam-sat/tin")
        assert status == 200
        assert HOSTILE in read(html).text
        assert "<script>alert" not in html
        (entry,) = await here.daemon.delivering.queue(None, 10, dead=False)
        assert (await here.post("/may-giam-sat/tin/bo", Role.DUTY, tin=entry.row.id))[0] == 422
        assert (await here.post("/may-giam-sat/tin/bo", Role.DUTY, tin="x", **{"ly-do": "thử"}))[0] == 422
        assert (await here.post("/may-giam-sat/tin/bo", Role.DUTY, tin=entry.row.id, **{"ly-do": "thử"}))[
            0
        ] == 303
        assert await here.daemon.delivering.queue(None, 10, dead=False) == []
        assert (await here.post("/may-giam-sat/tin/gui-lai", het="1"))[0] == 303
        assert (await here.post("/may-giam-sat/tin/gui-lai", Role.REPORTER, het="1"))[0] == 403
        for name in ("", HOSTILE):
            status, html = await here.post("/may-giam-sat/gui-thu", ai=name)
            assert status == 422
            assert 'id="wrong-ai"' in html
            assert "<script>alert" not in html


async def test_a_copy_is_made_at_once(tmp_path: Path) -> None:
    async with lived(tmp_path) as here:
        assert (await here.post("/may-giam-sat/sao-luu", Role.REPORTER))[0] == 403
        assert (await here.post("/may-giam-sat/sao-luu"))[0] == 303
        assert (await here.post("/may-giam-sat/sao-luu"))[0] == 409
        making = here.daemon.nightly._making
        assert making is not None
        await making
        facts = here.daemon.nightly.facts
        assert facts is not None
        assert facts.last_good_at is not None
        assert "đang sao lưu" not in (await here.get("/may-giam-sat"))[1]
