"""A maintenance window over two links: what came back within it is never told, what is still down at its end is."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.scenarios.land import Data, Site, inventory, small_site
from tests.scenarios.stage import CLOCK, RECIPIENTS, Watch, open_stage, until
from tests.scenarios.test_story import text_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_S, SHORT_S = 3_600.0, 4.0


def with_window(land: Data, ends_at: float, *sites: Site) -> Data:
    """Put the sites under a window that began with this minute."""
    began = datetime.fromtimestamp(CLOCK.now(), ZONE).replace(second=0, microsecond=0)
    window = {
        "title": "Thay thiết bị đầu cuối",
        "reason": "Nâng cấp",
        "owner": "Nhà mạng",
        "select": {"units": [site.code for site in sites]},
        "weekly": {
            "weekday": WEEKDAYS[began.weekday()],
            "at": f"{began:%H:%M}",
            "hours": (ends_at - began.timestamp()) / 3_600,
        },
    }
    return {**land, "windows": {"thay-thiet-bi": window}}


def incident_of(watch: Watch, site: Site) -> dict[str, Any] | None:
    return next((each for each in watch.ledger.incidents() if each["root_check_id"] == site.link), None)


async def test_a_window_keeps_the_news_until_its_end_and_what_is_over_by_then_for_ever(
    tmp_path: Path,
) -> None:
    stays, returns = small_site(1), small_site(2)
    land = inventory(stays, returns)
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(with_window(land, CLOCK.now() + LONG_S, stays, returns))
        await watch.start()
        await watch.until_all("up")

        for site in (stays, returns):
            stage.box.cut(site.prefix)
        await until(
            lambda: all(incident_of(watch, site) for site in (stays, returns)),
            within_s=30,
            what="two incidents",
        )
        stage.box.restore(returns.prefix)
        await until(
            lambda: (incident_of(watch, returns) or {})["close_reason"] == "recovered",
            within_s=30,
            what="an end",
        )
        kept = incident_of(watch, stays)
        assert kept is not None
        shown = await watch.ask_cli("incident", "show", kept["id"])
        assert shown["item"]["held"]["reason"] == "maintenance"
        assert [event["kind"] for event in shown["log"] if event["kind"] != "path"] == ["opened", "held"]
        assert not watch.mails
        assert not watch.file_messages()

        ends_at = CLOCK.now() + SHORT_S
        watch.write_inventory(with_window(land, ends_at, stays, returns))
        watch.reload()
        await until(lambda: len(watch.mails) == len(RECIPIENTS), within_s=30, what=f"mail\n{watch.tail()}")
        assert CLOCK.now() >= ends_at
        assert Counter(mail.recipients for mail in watch.mails) == {(to,): 1 for to in RECIPIENTS}
        assert all("đã quá giờ" in text_of(mail) for mail in watch.mails)

        stage.box.restore(stays.prefix)
        await watch.until_all("up")
        await watch.until_drained()
        assert await watch.stop() == 0

        assert [line["kind"] for line in watch.file_messages()] == ["opened", "resolved"]
        assert {line["incident"] for line in watch.file_messages()} == {kept["id"]}
        assert len(watch.mails) == 2 * len(RECIPIENTS)
