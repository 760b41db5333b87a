from typing import Any

from monitor.demo.story import system_news


def overview(**states: str) -> dict[str, Any]:
    return {"systems": [{"name": name, "state": state} for name, state in states.items()]}


def test_a_system_is_told_when_it_falls_ill_and_when_it_is_well_again() -> None:
    known: dict[str, str] = {}
    assert system_news(known, overview(MCU="unknown", LGSP="up")) == []
    assert system_news(known, overview(MCU="up", LGSP="up")) == []
    assert system_news(known, overview(MCU="degraded", LGSP="up")) == ["MCU: suy giảm."]
    assert system_news(known, overview(MCU="degraded", LGSP="down")) == ["LGSP: mất kết nối."]
    assert system_news(known, overview(MCU="unknown", LGSP="down")) == []
    assert system_news(known, overview(MCU="up", LGSP="up")) == ["MCU: bình thường.", "LGSP: bình thường."]


def test_a_page_that_does_not_answer_is_no_news() -> None:
    assert system_news({"MCU": "degraded"}, {}) == []
