"""The way to a link's far end, kept with its incident."""

import asyncio
from collections.abc import Sequence

import pytest

from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Incident, IncidentEvent, LogKind
from inventory.model import Check, Inventory, Layer, Target
from monitor.evidence import QUEUE, PathEvidence, path_line
from probes.kind import Options
from probes.path import Hop, PathError, trace
from tests.clock import FakeClock

HOPS = (Hop(1, "10.51.250.1", 0.0004), Hop(3, "10.51.7.1", 0.0123))


def inventory(*, kind: str = "icmp", layer: Layer = Layer.TSLCD, address: str = "10.51.7.1") -> Inventory:
    check = Check("x.cpe/icmp", "x.cpe", kind, address, Options(), 60, 20, 5, 3, 2)
    target = Target("x.cpe", "Đường truyền", "x", layer, "tslcd-cpe", address)
    return Inventory(units={}, targets={"x.cpe": target}, checks={check.id: check})


def decision(kind: LogKind = LogKind.OPENED, text: str = "timeout", incident_id: str = "SC-1") -> Decision:
    incident = Incident(incident_id, "x.cpe/icmp", 0.0, 60.0, "timeout")
    return Decision(incidents=(incident,), log=(IncidentEvent(incident_id, 60.0, kind, text=text),))


class Story:
    """Evidence with a trace of the test's own."""

    def __init__(self, found: Sequence[Hop] | Exception = HOPS) -> None:
        self.saved: list[Decision] = []
        self.asked: list[str] = []
        self.found = found
        self.evidence = PathEvidence(self.trace, self.saved.append, clock=FakeClock())

    async def trace(self, address: str) -> Sequence[Hop]:
        self.asked.append(address)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def tell(self, *decisions: Decision, about: Inventory | None = None) -> list[IncidentEvent]:
        for one in decisions:
            self.evidence.note(one, about or inventory())
        working = asyncio.create_task(self.evidence.run())
        await FakeClock.settle()
        working.cancel()
        return [event for saved in self.saved for event in saved.log]


async def test_a_link_incident_is_traced_when_it_opens_and_when_it_ends() -> None:
    opened, ended = await Story().tell(decision(), decision(LogKind.CLOSED, CloseReason.RECOVERED))

    assert (opened.incident_id, opened.kind) == ("SC-1", LogKind.PATH)
    assert opened.text == "lúc mở sự cố: 1 10.51.250.1 (0,4 ms) → 3 10.51.7.1 (12 ms)"
    assert ended.text.startswith("lúc khôi phục: 1 ")


@pytest.mark.parametrize(
    "about",
    [
        inventory(kind="http"),
        inventory(layer=Layer.CENTRAL),
        inventory(address="cong.example"),
        Inventory(units={}, targets={}, checks={}),
    ],
    ids=["not pinged", "not a link", "a name", "gone from the inventory"],
)
async def test_what_is_no_link_is_not_traced(about: Inventory) -> None:
    story = Story()

    assert await story.tell(decision(), about=about) == []
    assert story.asked == []


@pytest.mark.parametrize(
    "quiet",
    [decision(LogKind.ACKNOWLEDGED), decision(LogKind.CLOSED, CloseReason.REMOVED), decision(LogKind.PATH)],
    ids=["acknowledged", "removed", "its own finding"],
)
async def test_other_news_of_an_incident_need_no_trace(quiet: Decision) -> None:
    assert await Story().tell(quiet) == []


async def test_a_trace_that_is_not_allowed_says_so_in_the_log() -> None:
    (event,) = await Story(PathError("dò đường cần quyền CAP_NET_RAW (chạy bằng sudo)")).tell(decision())

    assert event.text == "lúc mở sự cố: dò đường cần quyền CAP_NET_RAW (chạy bằng sudo)"


async def test_a_trace_that_trips_us_ends_neither_the_evidence_nor_the_daemon(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = await Story(RuntimeError("can't start new thread")).tell(decision(), decision())

    assert first.text == second.text == "lúc mở sự cố: không dò được đường đi"
    assert "path_bug" in caplog.text


async def test_a_storm_of_incidents_is_traced_in_part_and_the_rest_counted() -> None:
    story = Story()
    events = await story.tell(*(decision(incident_id=f"SC-{number}") for number in range(QUEUE + 5)))

    assert len(events) == QUEUE
    assert story.evidence.left_out == 5


async def test_the_real_trace_finds_this_machine() -> None:
    assert path_line(await trace("127.0.0.1")).startswith("1 127.0.0.1 (")
    assert path_line(()) == "không chặng nào trả lời"
