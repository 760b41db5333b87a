"""What messages say, to whom, and what they must never contain."""

import re
import unicodedata
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.delivery.letter import News
from alerts.messages.bulletin_facts import bulletin_facts
from alerts.messages.compose import TEXT_LIMIT, compose_letter
from alerts.messages.environment import SHIPPED, load_templates
from alerts.messages.facts import IncidentFacts
from alerts.messages.gathering import Story, gather_facts
from alerts.messages.headline import HEADLINE_LIMIT, SUBJECT_LIMIT
from alerts.messages.kinds import TEMPLATES
from alerts.messages.message import Message
from alerts.messages.plain import utf16_length
from alerts.messages.sample_bulletins import sample_bulletin
from alerts.messages.sample_province import OPENED_AT, Size
from alerts.messages.samples import Variant, sample_news
from alerts.messages.several import MOST_LINES
from alerts.messages.style import Style, style_of
from alerts.messages.told import ToldNews
from alerts.messages.vocabulary import Language, Vocabulary
from alerts.messages.words import VOCABULARIES
from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CloseReason, IncidentEvent, LogKind
from alerts.model.notification import Bulletin, BulletinKind, NotificationKind
from alerts.oncall.model import Contact
from tests.alerts import message_samples as samples


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", Language)
def test_every_kind_has_a_template_in_every_language(name: str, language: Language) -> None:
    assert (SHIPPED / language / f"{name}.txt.j2").is_file()


def test_every_language_has_every_word() -> None:
    vi, en = VOCABULARIES[Language.VI], VOCABULARIES[Language.EN]
    for field in fields(Vocabulary):
        one, other = getattr(vi, field.name), getattr(en, field.name)
        if hasattr(one, "keys"):
            assert one.keys() == other.keys(), field.name
    for name, text in vi.phrases.items():
        places = set(re.findall(r"\{\w+\}", text))
        assert places == set(re.findall(r"\{\w+\}", en.phrases[name])), name


def test_contacts_are_shown_only_to_who_may_see_them() -> None:
    facts = samples.facts_of(samples.opened(acknowledged_by="Bích Ngọc"), person="ngoc")

    seen, hidden = samples.told(facts), samples.told(facts, sees_contacts=False)

    assert "A Thiu (Văn phòng) 0912 345 678" in seen.text
    assert "Người xử lý: Bích Ngọc." in seen.text
    for text in (hidden.text, hidden.body, hidden.html or ""):
        for secret in ("A Thiu", "0912", "Bích Ngọc", "Hoàng Nam"):
            assert secret not in text
    assert "VNPT, trực 1800 1166" in hidden.text


def test_bare_addresses_on_services_of_others_see_nobody() -> None:
    contact = Contact("to-truc", "Tổ trực", (), is_group=True)

    assert not style_of("zalo_bot", None).sees_contacts
    assert style_of("email", None).sees_contacts
    assert not style_of("email", None, has_left=True).sees_contacts
    assert style_of("zalo_bot", contact) == Style(sees_contacts=True, takes_replies=True)
    assert style_of("zalo_bot", replace(contact, sees_contacts=False)).sees_contacts is False
    assert style_of("email", replace(contact, language="en")).language is Language.EN


def test_hint_to_answer_stands_only_where_answers_are_heard() -> None:
    facts = samples.facts_of(samples.opened())

    assert "NHAN" not in samples.told(facts).text
    assert "trả lời tin này NHAN SC-2026-1187" in samples.told(facts, takes_replies=True).text


def test_one_service_is_not_told_as_the_loss_of_the_line() -> None:
    incident, stage = samples.opened(root_check_id="u05.cpe/snmp"), samples.stage()
    up = {**stage.known.statuses, "u05.cpe/icmp": Status.UP}
    answering = replace(stage, known=replace(stage.known, statuses=up))

    message = samples.told(samples.facts_of(incident, on=answering))

    assert message.headline == "🔴 KHÔNG ĐÁP ỨNG Đăk Rơ Wa – SNMP TSLCD"
    assert "chỉ quản trị SNMP không đáp ứng; thiết bị vẫn kết nối được." in message.text
    assert "Ảnh hưởng" not in message.text
    assert "Kèm theo" not in message.text
    assert "vẫn kết nối được" not in samples.told(samples.facts_of(incident)).text


def test_central_system_is_not_blamed_on_the_network() -> None:
    message = samples.typical("central")

    assert "mới đo từ một điểm" in message.text
    assert "nhà mạng" not in message.text
    assert "VNPT" not in message.text


def test_escalation_names_the_place_on_the_lock_screen() -> None:
    message = samples.typical("escalate")

    assert message.headline == "⏫ CHUYỂN CẤP 2 Đăk Rơ Wa – TSLCD"
    assert "chưa ai nhận xử lý" in message.text


def test_escalation_names_only_those_whom_a_message_reached() -> None:
    where = samples.stage()
    asked = IncidentEvent("SC-2026-1187", OPENED_AT + 60, LogKind.STEP, text="0")
    story = Story(samples.opened(), log=(asked,), policy=where.policy)

    def told_of(story: Story) -> str:
        return gather_facts(story, where.known, now=samples.NOW, person="nam", step=1).ladder.told

    assert told_of(story) == "Bích Ngọc lúc 02:48"
    assert told_of(replace(story, unreached={(0, "ngoc")})) == ""


def test_escalation_of_a_group_does_not_look_like_its_first_message() -> None:
    facts = sample_news("group", Size.TYPICAL, samples.LETTERHEAD, Language.VI)[0].facts
    assert isinstance(facts, IncidentFacts)
    facts = replace(facts, ladder=replace(facts.ladder, step=2))

    message = samples.told(facts, kind=NotificationKind.ESCALATED)

    assert message.headline == "⏫ CHUYỂN CẤP 2: 05/14 XÃ – TSLCD"
    assert message.subject.startswith("[GSHT] Chuyển cấp 2: 05/14 xã – TSLCD")


@pytest.mark.parametrize("kind", ["group", "mass", "update"])
def test_what_is_common_is_always_told_as_unconfirmed(kind: str) -> None:
    assert "Nhận định tự động (chưa xác nhận): " in samples.typical(kind).text


def test_mail_of_a_group_that_is_back_does_not_list_it_as_missing() -> None:
    facts = sample_news("group_up", Size.TYPICAL, samples.LETTERHEAD, Language.VI)[0].facts
    assert isinstance(facts, IncidentFacts)
    assert facts.group is not None
    back = replace(facts.group, back=facts.group.size, down=0, not_back=())

    part = samples.told(facts, kind=NotificationKind.RESOLVED)
    whole = samples.told(replace(facts, group=back), kind=NotificationKind.RESOLVED)

    assert "Chưa khôi phục (01):" in part.body
    assert "Chưa khôi phục" not in whole.body
    assert "Danh sách (" in whole.body


def test_group_names_six_units_and_counts_the_rest() -> None:
    facts = sample_news("group", Size.TYPICAL, samples.LETTERHEAD, Language.VI)[0].facts
    assert isinstance(facts, IncidentFacts)
    assert facts.group is not None
    units = tuple(f"Ba {n}" for n in range(9))
    parts = tuple(replace(each, units=units) for each in facts.group.by_district)

    message = samples.told(replace(facts, group=replace(facts.group, by_district=parts)))

    assert "Ba 0, Ba 1, Ba 2, Ba 3, Ba 4, Ba 5 và 03 đơn vị khác" in message.text


@pytest.mark.parametrize("name", ["Ba Tơ", "Ba Tô", "Trương Quang Trọng"])
@pytest.mark.parametrize(
    "label", ["TSLCD", "cổng dịch vụ Máy tính tiếp nhận hồ sơ số 12 của bộ phận một cửa"]
)
@pytest.mark.parametrize("episodes", [1, 3])
def test_label_gives_way_before_the_place(name: str, label: str, episodes: int) -> None:
    facts = replace(
        samples.facts_of(samples.opened()), short_place=name, short_label=label, episodes=episodes
    )

    headline = samples.told(facts).headline

    assert utf16_length(headline) <= HEADLINE_LIMIT
    assert f" {name}" in headline
    assert f"{name}…" not in headline


def test_what_left_the_inventory_is_told_by_its_unit() -> None:
    stage = samples.stage()
    gone = replace(stage.known.inventory, checks={}, targets={}, parents={}, children={})
    incident = samples.resolved(root_check_id="u05.cpe/icmp", close_reason=CloseReason.REMOVED)
    unknown = replace(incident, root_check_id="x.y/icmp")
    where = replace(stage, known=replace(stage.known, inventory=gone))

    message = samples.told(samples.facts_of(incident, on=where), samples.RESOLVED)
    nameless = samples.told(samples.facts_of(unknown, on=where), samples.RESOLVED)

    assert message.headline == "⚪ NGỪNG GIÁM SÁT Đăk Rơ Wa – u05.cpe"
    assert "đã đưa ra khỏi danh sách giám sát" in message.text
    assert "SC-2026-1187" in nameless.text


def test_check_that_left_while_its_target_stays_is_not_told_as_the_target() -> None:
    incident = samples.resolved(root_check_id="u05.cpe/h323", close_reason=CloseReason.REMOVED)

    message = samples.told(samples.facts_of(incident), samples.RESOLVED)

    assert message.headline.startswith("⚪ BỎ PHÉP ĐO Đăk Rơ Wa")
    assert "vẫn được giám sát, phép đo h323 đã bỏ khỏi danh mục" in message.text


def test_incident_closed_by_hand_is_not_told_as_recovered() -> None:
    incident = samples.resolved(close_reason=CloseReason.BY_HAND)

    message = samples.told(samples.facts_of(incident), samples.RESOLVED)

    assert "ĐÃ ĐÓNG SỰ CỐ" in message.headline
    assert "chưa ghi nhận kết nối lại" in message.text


@pytest.mark.parametrize("reason", SuppressionReason)
def test_message_that_waited_says_why(reason: SuppressionReason) -> None:
    stage, incident = samples.stage(), samples.opened()
    log = (
        IncidentEvent(incident.id, OPENED_AT, LogKind.HELD, text=f"{reason} {OPENED_AT + 480:.0f}"),
        IncidentEvent(incident.id, OPENED_AT + 480, LogKind.STEP, text="0"),
    )

    facts = gather_facts(Story(incident, log=log), stage.known, now=samples.NOW)

    assert "02:55" in facts.held
    assert f"(đã 13 phút); {facts.held}." in samples.told(facts).text


def test_repeat_says_so_under_the_first_line() -> None:
    facts = samples.facts_of(samples.opened())
    item = ToldNews(News(facts.code, samples.OPENED, (1,)), facts)

    message = compose_letter([item], Style(), now=samples.NOW, is_repeat=True)

    assert message.text.splitlines()[:2] == [
        "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD",
        "(gửi lại, có thể Anh/Chị đã nhận tin này)",
    ]


def several(kinds: list[str], severities: list[int]) -> Message:
    items = []
    for number, (kind, severity) in enumerate(zip(kinds, severities, strict=True)):
        (item,) = sample_news(kind, Size.TYPICAL, samples.LETTERHEAD, Language.VI)
        facts = replace(item.facts, code=f"SC-2026-{number:04d}")
        items.append(ToldNews(replace(item.news, severity=severity), facts))
    return compose_letter(items, Style(), now=samples.NOW)


def test_letter_of_several_news_begins_with_the_most_urgent() -> None:
    message = several(["up", "flap", "down"], [1, 3, 1])

    lines = [line for line in message.text.splitlines() if "SC-2026-" in line]
    assert message.headline == "🔴 03 TIN: 02 sự cố, 01 khôi phục"
    assert [line[0] for line in lines] == ["🔴", "🟠", "🟢"]
    assert message.text.count("/a/9f3kQx7T") == 2


def test_many_news_are_counted_by_kind() -> None:
    message = several(["degraded"] * (MOST_LINES + 8), [2] * (MOST_LINES + 8))

    assert "Suy giảm: 20 sự cố (" in message.text
    assert "và 14 nơi khác)" in message.text
    assert message.text.count("\n") < 5


def test_late_news_are_told_as_over() -> None:
    assert samples.typical("late").headline == "⚪ TIN MUỘN Đăk Rơ Wa – TSLCD"
    assert "Đã khôi phục trước khi tin này gửi được" in samples.typical("late").text


def test_html_twin_escapes_what_the_inventory_says() -> None:
    facts = replace(samples.facts_of(samples.opened()), impact="<script>alert(1)</script> & mất mạng")

    message = samples.told(facts)

    assert "<script>" not in (message.html or "")
    assert "&lt;script&gt;" in (message.html or "")
    assert "<script>alert(1)</script>" in message.body


@pytest.mark.parametrize(
    "link", ["https://a.example/\n", "https://trạm.example", "https://a.example/" + "x" * 300, "javascript:1"]
)
def test_link_that_is_not_safe_is_left_out(link: str) -> None:
    assert samples.facts_of(samples.opened(), link=link).link == ""


def test_bulletin_texts_are_cleaned_as_all_others() -> None:
    facts = {"who": "@all\nNgọc \u202e 10.1.2.3"}
    given_ = bulletin_facts(
        Bulletin("test:1", BulletinKind.TEST, OPENED_AT, facts), samples.LETTERHEAD, now=OPENED_AT
    )
    item = ToldNews(News("test:1", NotificationKind.BULLETIN, (1,)), given_)

    message = compose_letter([item], Style(), now=OPENED_AT)

    assert "Người gửi thử: all Ngọc …\n" in f"{message.text}\n"


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\t\x00\x1b\u202e\u2066\u200b\u200f\ufeff\u00a0\u0301🔴𠮷{}%<>&\"'@"),
    ),
    max_size=300,
)


@settings(max_examples=40)
@given(
    name=HOSTILE,
    clause=HOSTILE,
    person=HOSTILE,
    kind=st.sampled_from([each for each in NotificationKind if each != "bulletin"]),
)
def test_hostile_names_stay_on_their_line_and_within_the_limits(
    name: str, clause: str, person: str, kind: NotificationKind
) -> None:
    stage = samples.stage()
    inventory = stage.known.inventory
    target = replace(inventory.targets["u05.cpe"], name=name, impact=clause, first_action=clause)
    unit = replace(inventory.units["u05"], name=name, former_district=clause)
    circuit = replace(inventory.circuits["q-u05"], provider=name, hotline=clause, contract_code=person)
    hostile = replace(
        inventory,
        targets={**inventory.targets, target.id: target},
        units={**inventory.units, unit.code: unit},
        circuits={**inventory.circuits, circuit.id: circuit},
    )
    where = replace(stage, known=replace(stage.known, inventory=hostile))

    message = samples.told(
        samples.facts_of(samples.opened(acknowledged_by=person, cause=clause), on=where), kind
    )

    assert not message.fault
    assert utf16_length(message.headline) <= HEADLINE_LIMIT
    assert utf16_length(message.text) <= TEXT_LIMIT
    assert utf16_length(message.subject) <= SUBJECT_LIMIT
    assert message.text.count("\n") <= 14
    assert "\n" not in message.subject
    for text in (message.subject, message.text, message.body):
        text.encode()
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} for c in text if c != "\n")


BROKEN = [
    "{{ nothing_of_that_name }}",
    "{{ facts.__class__.__init__.__globals__ }}",
    "{{ 1 / 0 }}",
    "{% if %}",
    "x" * 2_000,
]


@pytest.mark.parametrize("template", BROKEN)
def test_own_template_that_fails_gives_way_to_the_shipped_one(tmp_path: Path, template: str) -> None:
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "down.txt.j2").write_text(template)
    facts = samples.facts_of(samples.opened())
    item = ToldNews(News(facts.code, samples.OPENED, (1,)), facts)

    message = compose_letter([item], Style(), now=samples.NOW, templates=load_templates(tmp_path))

    assert message.fault
    assert message.text == samples.told(facts).text


def test_own_template_wins_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "down.txt.j2").write_text(
        "{{ headline }}\nRiêng: {{ facts.code }}\n", encoding="utf-8"
    )
    facts = samples.facts_of(samples.opened())
    item = ToldNews(News(facts.code, samples.OPENED, (1,)), facts)

    message = compose_letter([item], Style(), now=samples.NOW, templates=load_templates(tmp_path))

    assert message.text == f"{message.headline}\nRiêng: SC-2026-1187"
    assert "Riêng:          SC-2026-1187" in message.body


def test_without_any_template_an_ugly_message_beats_none() -> None:
    facts = replace(
        samples.facts_of(samples.opened(), link="https://a.example/a/1"),
        history="x" * 5_000,
        cause="y" * 5_000,
    )

    message = samples.told(facts)

    assert message.fault
    assert message.html is None
    assert message.text == (
        "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD\n"
        "Xã Đăk Rơ Wa – Mạng TSLCD: mất kết nối, 02:47 ngày 22/11/2026\n"
        "https://a.example/a/1\n"
        "SC-2026-1187"
    )


def test_every_sample_is_of_a_kind_of_its_own() -> None:
    assert len({samples.typical(variant).text for variant in Variant}) == len(Variant)


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("soon", "không gửi cảnh báo của các đơn vị trên"),
        ("begun", "Đã bắt đầu"),
        ("overdue", "Từ bây giờ tính là sự cố"),
        ("ended", "Kết quả: "),
        ("cancelled", "không thực hiện"),
    ],
)
def test_maintenance_has_five_stages(stage: str, said: str, size: Size) -> None:
    bulletin = sample_bulletin(BulletinKind.MAINTENANCE, size, OPENED_AT, stage=stage)
    for language in Language:
        facts = bulletin_facts(bulletin, samples.LETTERHEAD, now=OPENED_AT, language=language)
        item = ToldNews(News(bulletin.id, NotificationKind.BULLETIN, (1,)), facts)

        message = compose_letter([item], Style(language), now=OPENED_AT)

        assert not message.fault
        assert said in message.text or language is Language.EN
        assert utf16_length(message.text) <= TEXT_LIMIT
        assert message.text.endswith("BT-2026-044")
