"""What a writer does to a draft survives that it is made anew."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.model.incident import CauseKind, Side
from monitor.accounting.model import Parts
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Addition, Override, Section, Sentence
from monitor.report.sentences.rules import read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import (
    DAY,
    HOUR,
    OUTAGES,
    at,
    incident,
    nothing_happened,
    outage,
    small_figures,
)


def written(
    figures: Figures | None = None, settings: ReportSettings | None = None, **changes: Any
) -> list[Sentence]:
    rules = read_rules(None)
    return list(write(figures or small_figures(), rules, settings or ReportSettings(), Changes(**changes)))


def one(sentences: list[Sentence], id_: str) -> Sentence:
    return next(sentence for sentence in sentences if sentence.id == id_)


def ids(sentences: list[Sentence], section: Section, group: str = "") -> list[str]:
    return [s.id for s in sentences if s.section is section and s.group == group and s.is_used]


def override(id_: str, **fields: Any) -> dict[str, Override]:
    return {id_: Override(id_, **fields)}


def test_writers_text_is_printed_and_the_automatic_one_kept() -> None:
    before = one(written(), "H1").auto_text

    after = one(written(overrides=override("H1", text="- Đường truyền  còn kém ", auto_text=before)), "H1")

    assert after.text == "Đường truyền còn kém."
    assert after.auto_text == before
    assert after.is_edited
    assert not after.is_stale


def test_writers_text_survives_new_figures_and_is_marked_as_older() -> None:
    before = one(written(), "H1").auto_text
    more = small_figures(outages=(*OUTAGES, outage("21025.cpe", 28, 9, HOUR)))

    after = one(written(more, overrides=override("H1", text="Câu của tôi.", auto_text=before)), "H1")

    assert after.text == "Câu của tôi."
    assert after.is_stale
    assert "07 lượt" in after.auto_text


def test_writers_text_of_what_no_longer_happened_is_shown_and_not_used() -> None:
    after = one(
        written(nothing_happened(), overrides=override("H1", text="Câu của tôi", auto_text="x")), "H1"
    )

    assert (after.text, after.auto_text) == ("Câu của tôi.", "")
    assert after.is_stale
    assert not after.is_used


def test_empty_text_of_a_writer_changes_nothing() -> None:
    after = one(written(overrides=override("H1", text="  ")), "H1")

    assert after.text == after.auto_text
    assert not after.is_edited


def test_tick_of_a_writer_wins_both_ways() -> None:
    overrides = override("H9", is_used=True) | override("H1", is_used=False)
    after = written(overrides=overrides)

    assert one(after, "H9").is_used
    assert not one(after, "H1").is_used


def test_place_of_a_writer_wins_over_weight() -> None:
    after = ids(
        written(overrides=override("H5", position=1) | override("H1", position=3)), Section.DIFFICULTIES
    )

    assert after[0] == "H5"
    assert after[2] == "H1"


def test_causes_stand_under_their_side_in_the_settings_order() -> None:
    sides = [Side.ENTERPRISE, Side.LOCAL]
    after = [s for s in written(settings=ReportSettings(sides=sides)) if s.section is Section.CAUSES]

    assert [s.group for s in after] == ["enterprise", "local", "local", "local", "unknown"]


def test_added_sentences_come_last_and_can_be_placed() -> None:
    more = (
        Addition("them-1", Section.DIFFICULTIES, "Địa bàn rộng"),
        Addition("them-2", Section.CAUSES, "Thiếu kinh phí", group="local"),
    )

    after = written(additions=more)

    assert one(after, "them-1").text == "Địa bàn rộng."
    assert one(after, "them-1").rule_id == ""
    assert ids(after, Section.CAUSES, "local")[-1] == "them-2"
    first = ids(written(additions=more, overrides=override("them-1", position=1)), Section.DIFFICULTIES)
    assert first[0] == "them-1"


def test_no_more_than_eight_difficulties_are_told_one_by_one() -> None:
    after = written()

    used = ids(after, Section.DIFFICULTIES)
    assert len(used) == 8
    assert used[-1] == "NGOAI-RA"
    folded = one(after, "NGOAI-RA")
    assert folded.text.startswith("Ngoài ra, còn ghi nhận: ")
    assert set(folded.tied_to) == {s.id for s in after if s.id in folded.tied_to and not s.is_used}
    assert set(one(after, "H3").evidence.unit_codes) <= set(folded.evidence.unit_codes)


def test_what_a_writer_touched_is_not_folded() -> None:
    overrides = override("H3", is_used=True) | override("H10", text="Còn thiếu kiosk")
    after = written(overrides=overrides)

    used = ids(after, Section.DIFFICULTIES)
    assert {"H3", "H10", "NGOAI-RA"} <= set(used)
    assert len(used) == 8


def test_writers_text_of_the_folded_sentence_is_not_lost() -> None:
    changed = override("NGOAI-RA", text="Ngoài ra, còn nhiều việc")

    assert one(written(overrides=changed), "NGOAI-RA").is_used
    alone = one(written(nothing_happened(), overrides=changed), "NGOAI-RA")
    assert alone.text == "Ngoài ra, còn nhiều việc."
    assert not alone.is_used


def test_suggestions_name_the_findings_they_follow_from() -> None:
    after = written()

    assert one(after, "GP1").tied_to == ("H1", "H2")
    assert one(after, "KN8").tied_to == ("H8",)
    assert one(after, "GP7").tied_to == ("H7:tthc",)


def test_difficulties_stand_by_weight() -> None:
    weights = [s.weight for s in written() if s.section is Section.DIFFICULTIES and s.is_used][:-1]

    assert weights == sorted(weights, reverse=True)


def test_words_take_turns_from_month_to_month() -> None:
    figures = small_figures()
    texts = {
        one(
            written(
                replace(
                    figures, period=replace(figures.period, from_at=figures.period.from_at - days * 86_400)
                )
            ),
            "H2",
        ).text
        for days in (0, 31, 61)
    }

    assert len(texts) == 2


def test_evidence_is_what_was_counted() -> None:
    found = one(written(), "H1")

    lines = [o for o in OUTAGES if o.id in found.evidence.outage_ids]
    assert found.values["tslcd_dien_bien"] == f"{len(lines):02d} lượt gián đoạn"
    assert {o.unit_code for o in lines} == {"23417", "21484", "23344", "23350"}
    assert set(found.evidence.incident_ids) == {
        "SC-2026-0101",
        "SC-2026-0102",
        "SC-2026-0103",
        "SC-2026-0105",
    }


def test_what_was_filled_in_by_hand_is_said() -> None:
    fields = {"storm_days": "từ ngày 16 đến ngày 18/11.", "backup_power_missing": "7"}
    after = written(fields=fields)

    assert one(after, "NN-KQ:disaster").text.endswith("giông sét từ ngày 16 đến ngày 18/11.")
    assert one(after, "NN-DP:power").text.endswith("chưa bố trí được nguồn điện dự phòng tại 07 xã.")


def test_carriers_fault_without_a_source_is_ours_to_have_verified() -> None:
    made = incident("SC-1", "A", 3, 9, HOUR, ["21484.cpe"], cause=CauseKind.LINE, side=Side.ENTERPRISE)

    after = one(written(small_figures(incidents=[made])), "NN-DN:line")

    assert after.text.endswith(", qua xác minh của đơn vị vận hành.")


def test_many_tickets_of_one_carrier_are_told_once() -> None:
    made = [
        incident(
            f"SC-{number}",
            "A",
            number,
            9,
            HOUR,
            ["21484.cpe"],
            cause=CauseKind.LINE,
            side=Side.ENTERPRISE,
            source=f"VNPT (phiếu {number})",
        )
        for number in range(1, 6)
    ]

    after = one(written(small_figures(incidents=made)), "NN-DN:line")

    assert after.text.endswith("viễn thông, theo thông tin từ VNPT.")


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("VNPT (phiếu 1)", "VNPT (phiếu 2)"), "theo thông tin từ VNPT (phiếu 1, 2)"),
        (("VNPT (phiếu 1)", "Viettel (phiếu 2)"), "theo thông tin từ VNPT (phiếu 1) và Viettel (phiếu 2)"),
        (("VNPT (phiếu 1)", ""), "theo thông tin từ VNPT (phiếu 1) và qua xác minh của đơn vị vận hành"),
        (("phiếu 7", "điện lực tỉnh"), "theo thông tin từ phiếu 7 và điện lực tỉnh"),
    ],
)
def test_each_source_is_named_once_with_its_tickets(sources: tuple[str, ...], said: str) -> None:
    fields: dict[str, Any] = {"cause": CauseKind.LINE, "side": Side.ENTERPRISE}
    made = [
        incident(f"SC-{day}", "A", day, 9, HOUR, ["21484.cpe"], source=source, **fields)
        for day, source in enumerate(sources, 1)
    ]

    assert one(written(small_figures(incidents=made)), "NN-DN:line").text.endswith(f"viễn thông, {said}.")


def test_long_outages_are_where_they_began_in_the_period() -> None:
    """One that lasts since October is not among those that are counted, so its commune is not named with them."""
    since = replace(
        outage("21548.cpe", 1, 0, 6 * HOUR), from_at=at(1) - HOUR, length_s=7 * HOUR, is_carried=True
    )
    made = small_figures(outages=[since, outage("23417.cpe", 3, 1, 5 * HOUR)])

    assert one(written(made), "H1").text.endswith("trong đó 01 lượt kéo dài trên 04 giờ tại xã Măng Ri.")


def test_a_cause_at_communes_and_elsewhere_is_said_of_both() -> None:
    fields: dict[str, Any] = {"cause": CauseKind.DEVICE, "side": Side.LOCAL}
    made = [
        incident("SC-1", "A", 3, 9, HOUR, ["21484.cpe"], **fields),
        incident("SC-2", "B", 4, 9, HOUR, ["so-noi-vu.cpe"], **fields),
    ]

    after = one(written(small_figures(incidents=made)), "NN-DP:device")

    assert after.text.endswith(" tại xã Ba Tơ và 01 cơ quan, đơn vị khác.")


def test_a_city_is_called_one() -> None:
    after = written(replace(small_figures(), province="Thành phố Đà Nẵng"))

    assert "dùng chung của thành phố (" in one(after, "K4").text
    assert not [each.id for each in after if "phía tỉnh" in each.text or "UBND tỉnh" in each.text]


@pytest.mark.parametrize(
    ("unwatched_days", "known_days", "said"),
    [
        (20, 30, "; các đối tượng được theo dõi trong 33,33% thời gian của kỳ, "),
        (20, 15, "; các đối tượng được theo dõi trong 66,66% thời gian của kỳ đã qua, "),
        (15, 15, None),
        (1, 30, None),
    ],
)
def test_a_period_of_which_only_a_part_was_watched_says_so(
    unwatched_days: int, known_days: int, said: str | None
) -> None:
    """As in the month in which watching begins; what has not come yet is no part that is missing."""
    days = 30
    parts = Parts(up_s=(days - unwatched_days) * DAY, unwatched_s=unwatched_days * DAY)
    made = replace(small_figures(), province_parts=parts, known_until_at=at(known_days + 1))

    told = [each.text for each in written(made) if each.id == "K8"]

    assert (said in told[0]) if said else not told or "được theo dõi trong" not in told[0]


@pytest.mark.parametrize(
    ("over_at", "known_until_at", "said"),
    [
        (None, at(31), "; đến cuối kỳ còn 01 sự cố chưa khắc phục xong."),
        (at(32), at(31), "; đến cuối kỳ còn 01 sự cố chưa khắc phục xong."),
        (at(31), at(31), None),
        (None, at(20), "; hiện còn 01 sự cố chưa khắc phục xong."),
    ],
)
def test_what_went_on_at_the_end_is_said_also_when_it_is_over_since(
    over_at: float | None, known_until_at: float, said: str | None
) -> None:
    made = incident("SC-1", "A", 3, 9, HOUR, ["21484.cpe"], resolved_at=over_at)
    figures = replace(small_figures(incidents=[made]), known_until_at=known_until_at)

    after = one(written(figures), "K6").text

    assert after.endswith(said) if said else "chưa khắc phục xong" not in after


def test_what_only_lasts_from_before_is_not_compared_with_what_began_before() -> None:
    since = replace(
        outage("21548.cpe", 1, 0, 6 * HOUR), from_at=at(1) - HOUR, length_s=7 * HOUR, is_carried=True
    )

    after = one(written(small_figures(outages=[since])), "H1").text

    assert "01 lượt gián đoạn từ kỳ trước kéo dài sang tại 01/06 xã" in after
