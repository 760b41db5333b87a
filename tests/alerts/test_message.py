"""The messages, word for word, and what they must never contain."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages.compose import (
    HEADLINE_LIMIT,
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    Message,
    compose,
    load_templates,
)
from alerts.messages.facts import IncidentFacts, gather_facts
from alerts.messages.plain import utf16_length
from alerts.model.checks import Status
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import NotificationKind
from inventory.model import Inventory, Layer
from tests.alerts import message_samples as samples

OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED
GOLDEN = Path(__file__).parent / "golden"

SAMPLES = {
    "opened_typical": (OPENED, samples.typical_opened),
    "opened_longest": (OPENED, samples.longest_opened),
    "opened_empty": (OPENED, samples.empty_opened),
    "opened_late": (OPENED, samples.late_opened),
    "resolved_typical": (RESOLVED, samples.typical_resolved),
    "resolved_longest": (RESOLVED, samples.longest_resolved),
    "resolved_empty": (RESOLVED, samples.empty_resolved),
    "resolved_removed": (RESOLVED, samples.removed),
    "resolved_removed_check": (RESOLVED, samples.removed_check),
}


def told(incident: Incident, inventory: Inventory, **changes: object) -> IncidentFacts:
    given: dict[str, object] = {
        "now": samples.OPENED_AT + 780,
        "letterhead": samples.LETTERHEAD,
        "statuses": samples.all_down(inventory),
    }
    return gather_facts(incident, inventory, **(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SAMPLES)
def test_message_is_word_for_word_as_approved(name: str) -> None:
    kind, facts = SAMPLES[name]

    message = compose(kind, facts())

    approved = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert f"{message.subject}\n\n{message.text}\n\n{message.body}\n" == approved


def test_a_check_that_left_while_its_target_stays_is_not_told_as_the_target() -> None:
    inventory = samples.commune()
    gone = samples.resolved(root_check_id="23308.cpe/h323", close_reason=CloseReason.REMOVED)

    assert told(gone, inventory).removed_check == "h323"
    assert told(replace(gone, root_check_id="23308.khac/h323"), inventory).removed_check == ""


@pytest.mark.parametrize("name", SAMPLES)
def test_message_fits_and_is_normal_text(name: str) -> None:
    kind, facts = SAMPLES[name]

    message = compose(kind, facts())

    assert not message.fault
    assert message.text.splitlines()[0] == message.headline
    assert utf16_length(message.headline) <= HEADLINE_LIMIT
    assert utf16_length(message.text) <= TEXT_LIMIT
    assert utf16_length(message.subject) <= SUBJECT_LIMIT
    for text in (message.subject, message.text, message.body, message.html or ""):
        assert unicodedata.is_normalized("NFC", text)
        assert "\N{NO-BREAK SPACE}" not in text
        assert "None" not in text
        assert "không rõ" not in text.lower()


@pytest.mark.parametrize("name", SAMPLES)
def test_both_twins_of_the_mail_say_the_same(name: str) -> None:
    kind, facts = SAMPLES[name]

    message = compose(kind, facts())

    seen = " ".join(re.sub(r"<title>.*</title>|<[^>]+>", " ", message.html or "").split())
    for line in message.body.splitlines():
        for part in re.split(r"^\s*\d+\. |^  \w[^:]*:\s+|^--$", line):
            assert " ".join(part.split()) in seen.replace(" .", ".").replace(" :", ":")


def test_html_twin_shows_no_picture_and_loads_nothing() -> None:
    html = compose(OPENED, samples.typical_opened()).html or ""

    assert "<img" not in html
    assert "<script" not in html
    assert "src=" not in html
    assert "url(" not in html


def test_html_twin_escapes_what_the_inventory_says() -> None:
    facts = replace(samples.typical_opened(), impact="<script>alert(1)</script> & mất mạng")

    message = compose(OPENED, facts)

    assert "<script>" not in (message.html or "")
    assert "&lt;script&gt;" in (message.html or "")
    assert "<script>alert(1)</script>" in message.body


def test_counts_by_topology_and_leaves_out_what_has_answered_since() -> None:
    inventory = samples.commune()
    statuses = dict.fromkeys(inventory.checks, Status.UP) | {"23308.cpe/icmp": Status.DOWN}
    answered = {"23308.vcs/icmp": samples.OPENED_AT + 1, "23308.pc1/icmp": samples.OPENED_AT - 1}

    facts = told(samples.opened(), inventory, statuses=statuses, answered_at=answered)

    assert [len(group.targets) for group in facts.behind] == [13]
    assert "Thiết bị hội nghị" not in facts.behind[0].targets


def test_a_status_that_is_not_up_is_never_counted_as_answering() -> None:
    inventory = samples.commune()
    answered = dict.fromkeys(inventory.checks, samples.OPENED_AT + 5)

    facts = told(samples.opened(), inventory, answered_at=answered)

    assert [len(group.targets) for group in facts.behind] == [14]


def test_groups_what_is_behind_by_unit_in_dictionary_order() -> None:
    inventory = samples.inventory(
        [
            samples.CENTRE,
            replace(samples.RO_WA, code="a", name="Xã Đăk Tô"),
            replace(samples.RO_WA, code="b", name="Xã Ba Tơ"),
        ],
        [
            samples.target("nut", "Nút Đăk Tô", samples.CENTRE, Layer.INFRA),
            samples.target("a.cpe", "CPE", replace(samples.RO_WA, code="a"), Layer.TSLCD, "nut"),
            samples.target("b.pc", "Máy tính 01", replace(samples.RO_WA, code="b"), Layer.PC, "b.cpe"),
            samples.target("b.cpe", "CPE", replace(samples.RO_WA, code="b"), Layer.TSLCD, "nut"),
        ],
    )

    facts = told(samples.opened(root_check_id="nut/icmp"), inventory)
    message = compose(OPENED, facts)

    assert [(group.unit, group.targets) for group in facts.behind] == [
        ("Xã Ba Tơ", ("CPE", "Máy tính 01")),
        ("Xã Đăk Tô", ("CPE",)),
    ]
    assert (
        "03 thiết bị phía sau không kiểm tra được (không báo riêng), tại 02 đơn vị (Ba Tơ, Đăk Tô)."
        in message.text
    )


def test_one_answer_since_the_end_counts_as_back() -> None:
    inventory = samples.commune()
    incident = samples.resolved(affected=frozenset(inventory.checks) - {"23308.cpe/icmp"})
    answered = dict.fromkeys(inventory.checks, samples.OPENED_AT + 79 * 60)

    facts = told(incident, inventory, answered_at=answered)

    assert facts.remaining == ()
    assert "Các thiết bị phía sau đều đã kết nối lại." in compose(RESOLVED, facts).text


def test_claims_nothing_about_devices_that_were_not_measured_since() -> None:
    inventory = samples.commune()
    incident = samples.resolved(affected=frozenset(inventory.checks) - {"23308.cpe/icmp"})

    facts = told(incident, inventory, statuses=dict.fromkeys(inventory.checks, Status.UNKNOWN))

    assert (facts.remaining, facts.all_back) == ((), False)


def test_names_the_target_where_its_layer_has_others_beside_it() -> None:
    facts = told(samples.opened(root_check_id="23308.kiosk2/icmp"), samples.commune())

    assert compose(OPENED, facts).headline == "🔴 MẤT KẾT NỐI Đăk Rơ Wa – Kiosk 02"


def test_names_a_system_by_its_own_name() -> None:
    portal = samples.target("ttcds.dvc", "Cổng dịch vụ công", samples.CENTRE, Layer.SHARED)

    message = compose(
        OPENED,
        told(samples.opened(root_check_id="ttcds.dvc/icmp"), samples.inventory([samples.CENTRE], [portal])),
    )

    assert message.headline == "🔴 MẤT KẾT NỐI Cổng dịch vụ công – Dùng chung"
    assert "Cổng dịch vụ công (Trung tâm Chuyển đổi số). Từ" in message.text


def test_does_not_take_one_service_for_the_whole_link() -> None:
    inventory = samples.inventory(
        [samples.RO_WA], [samples.LINK], more=(samples.check(samples.LINK, "snmp"),)
    )

    facts = told(samples.opened(root_check_id="23308.cpe/snmp"), inventory)

    assert compose(OPENED, facts).headline == "🔴 MẤT KẾT NỐI Đăk Rơ Wa – SNMP TSLCD"


def test_tells_the_end_of_what_left_the_inventory() -> None:
    gone = replace(samples.commune(), checks={}, targets={}, parents={}, children={})
    incident = samples.resolved(close_reason=CloseReason.REMOVED)

    message = compose(RESOLVED, told(incident, gone))

    assert message.headline == "⚪ NGỪNG GIÁM SÁT Đăk Rơ Wa – 23308.cpe"
    assert "đã đưa ra khỏi danh sách giám sát" in message.text


def test_history_counts_only_the_thirty_days_before() -> None:
    facts = told(samples.opened(), samples.commune(), history=samples.HISTORY)

    assert facts.history == "03 lần trong 30 ngày trước, dài nhất 04 giờ 12 phút"


@pytest.mark.parametrize(
    "public_url", ["https://a.example/\n", "https://trạm.example", "https://a.example/" + "x" * 300]
)
def test_a_link_that_is_not_safe_is_left_out(public_url: str) -> None:
    letterhead = replace(samples.LETTERHEAD, public_url=public_url)

    assert told(samples.opened(), samples.commune(), letterhead=letterhead).url == ""


def test_never_shows_addresses_or_raw_causes() -> None:
    target = replace(samples.LINK, name="CPE 10.64.7.1 Đăk Rơ Wa", impact="mất 192.168.7.0/24 và fd00::7")
    inventory = samples.inventory([samples.RO_WA], [target])

    message = compose(OPENED, told(samples.opened(cause="[Errno 113] 10.64.7.1: No route"), inventory))

    for text in (message.subject, message.text, message.body, message.html or ""):
        for leak in ("10.64", "192.168", "fd00", "Errno", "route"):
            assert leak not in text


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\t\x00\x1b\u202e\u2066\u200b\u200f\ufeff\u00a0\u0301🔴𠮷{}%<>&\"'@"),
    ),
    max_size=400,
)


@given(
    name=HOSTILE, clause=HOSTILE, person=HOSTILE, unit=HOSTILE, kind=st.sampled_from(list(NotificationKind))
)
def test_hostile_names_stay_on_their_line_and_within_the_limits(
    name: str, clause: str, person: str, unit: str, kind: NotificationKind
) -> None:
    commune = replace(samples.RO_WA, name=unit, former_district=name)
    target = replace(samples.LINK, name=name, impact=clause, first_action=clause)
    circuit = replace(samples.CIRCUIT, provider=name, hotline=clause, contract_code=person)
    inventory = samples.inventory([commune], [target], (circuit,))

    message = compose(kind, told(samples.resolved(acknowledged_by=person, cause=clause), inventory))

    assert not message.fault
    assert_is_safe(message)


def assert_is_safe(message: Message) -> None:
    for text in (message.subject, message.text, message.body):
        text.encode()
        lines = text.split("\n")
        assert not any(
            unicodedata.category(mark) in {"Cc", "Cf", "Zl", "Zp"} for line in lines for mark in line
        )
    assert "\n" not in message.subject
    assert message.text.count("\n") <= 12
    assert utf16_length(message.headline) <= HEADLINE_LIMIT
    assert utf16_length(message.text) <= TEXT_LIMIT
    assert utf16_length(message.subject) <= SUBJECT_LIMIT


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing_of_that_name }}",
        "{{ facts.__class__.__init__.__globals__ }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "x" * 2_000,
    ],
)
def test_a_template_that_fails_gives_an_ugly_message_rather_than_none(tmp_path: Path, template: str) -> None:
    (tmp_path / "opened.txt.j2").write_text(template)
    (tmp_path / "mail.txt.j2").write_text("x")
    (tmp_path / "mail.html.j2").write_text("x")

    message = compose(OPENED, samples.typical_opened(), templates=load_templates(tmp_path))

    assert message.fault
    assert message.text == (
        "🔴 MẤT KẾT NỐI Đăk Rơ Wa – TSLCD\n"
        "Xã Đăk Rơ Wa – Mạng TSLCD: mất kết nối, 02:47 ngày 22/11/2026\n"
        "SC-2026-1187"
    )
    assert message.subject.startswith("[GSHT] Mất kết nối: xã Đăk Rơ Wa")
    assert message.html is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (SuppressionReason.MAINTENANCE, "đã quá giờ bảo trì, giữ tin đến 02:55"),
        (SuppressionReason.OFF_HOURS, "giữ tin ngoài giờ làm việc đến 02:55"),
        (SuppressionReason.NEW, "mới thêm, giữ tin đến 02:55"),
    ],
)
def test_a_message_that_waited_says_why(reason: SuppressionReason, said: str) -> None:
    hold = Hold(reason, "w", samples.OPENED_AT + 480)

    message = compose(NotificationKind.OPENED, told(samples.opened(), samples.commune(), hold=hold))

    assert f"(đã 13 phút); {said}." in message.text
    assert re.search(rf"Lưu ý: +{said}\n", message.body)


def test_the_longest_message_fits_with_the_reason_why_it_waited() -> None:
    facts = replace(samples.longest_opened(), held="đã quá giờ bảo trì, giữ tin đến 07:30")

    message = compose(NotificationKind.OPENED, facts)

    assert not message.fault
    assert utf16_length(message.text) <= TEXT_LIMIT
