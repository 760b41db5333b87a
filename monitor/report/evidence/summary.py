"""The first page of an evidence pack: what happened, how it is known, what lies beside. HTML without scripts. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.checks import Status
from alerts.model.incident import LogKind
from monitor import official
from monitor.incidents.wording import DELIVERIES, KINDS, MESSAGES
from monitor.report.evidence import neighbours, wording
from monitor.report.evidence.drawing import drawing
from monitor.report.evidence.masking import masked_recipient, masked_text
from monitor.report.evidence.model import Evidence, Neighbour

_STYLE: Final = (
    "body{font:13pt/1.4 'Times New Roman',Tinos,serif;max-width:190mm;margin:10mm auto;padding:0 5mm;color:#000}"
    "h1{font-size:17pt;text-align:center}h2{font-size:14pt;margin:1.2em 0 .3em}"
    "table{border-collapse:collapse;width:100%;font-size:11pt;margin:.4em 0}"
    "th,td{border:1px solid #888;padding:2px 6px;text-align:left;vertical-align:top;overflow-wrap:break-word}"
    "th{background:#eee}tr{break-inside:avoid}.bad{font-weight:bold}code{font-size:10pt;overflow-wrap:anywhere}"
    "@page{size:A4;margin:15mm}"
)
_MOST_ROWS: Final = 60
"""Longer lists are whole in their files."""


def summary_html(evidence: Evidence, samples: Mapping[str, str]) -> str:
    """Return the page; `samples`: check id -> name of the file of its results."""
    title = f"Hồ sơ chứng cứ sự cố {evidence.incident.id}"
    body = "\n".join(
        (
            f"<h1>{escape(title)}</h1>",
            *_facts(evidence),
            *_measured(evidence, samples),
            *_transitions(evidence),
            *_not_blind(evidence),
            *_log(evidence),
            *_messages(evidence),
            *_besides(evidence),
            *_checking(evidence),
        )
    )
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _zone(evidence: Evidence) -> ZoneInfo:
    return ZoneInfo(evidence.zone)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], whole: str = "") -> Iterator[str]:
    """Write a table; `whole` is the file where all rows are."""
    rows = list(rows)
    if header:
        yield f"<table><thead><tr>{''.join(f'<th>{escape(each)}</th>' for each in header)}</tr></thead><tbody>"
    else:
        yield "<table><tbody>"
    for row in rows[:_MOST_ROWS]:
        yield f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>"
    yield "</tbody></table>"
    if len(rows) > _MOST_ROWS:
        rest = official.count(len(rows) - _MOST_ROWS)
        yield f"<p>Còn {rest} dòng nữa, xem tệp {escape(whole)}.</p>"


def _facts(evidence: Evidence) -> Iterator[str]:
    incident, zone = evidence.incident, _zone(evidence)
    ticket = incident.ticket or (evidence.told_by.ticket if evidence.told_by else None)
    choice = incident.choice or (evidence.told_by.choice if evidence.told_by else None)
    facts = [
        ("Tỉnh, thành phố", evidence.province),
        ("Bắt đầu (lần đo thất bại đầu tiên)", wording.moment(incident.opened_at, zone)),
        ("Xác định là sự cố", wording.moment(incident.declared_at, zone)),
        (
            wording.ended(incident),
            wording.moment(incident.resolved_at, zone) if incident.resolved_at else "chưa kết thúc",
        ),
        ("Thời lượng", wording.length(incident, evidence.made_at)),
        *_measured_down(evidence),
        ("Mức", words.status_word(incident.level)),
        ("Đo được", words.cause_phrase(incident.cause) or wording.NOT_KNOWN),
        ("Người nhận xử lý", _taken(evidence)),
        (
            "Nguyên nhân đã xác nhận",
            "chưa xác nhận"
            if choice is None
            else f"{wording.cause(choice.kind, choice.side)}; {masked_text(choice.who)} xác nhận",
        ),
        ("Phiếu của nhà mạng", "chưa ghi" if ticket is None else ticket.number),
    ]
    if ticket is not None:
        waited = official.span(ticket.reported_at - incident.opened_at)
        facts.append(("Báo nhà mạng lúc", f"{wording.moment(ticket.reported_at, zone)} (sau {waited})"))
        facts.append(("Nhà mạng báo xong lúc", wording.moment(ticket.closed_at, zone)))
    if evidence.told_by is not None:
        facts.append(("Là một phần của", evidence.told_by.id))
    if evidence.parts:
        facts.append(("Gồm", ", ".join(each.id for each in evidence.parts)))
    yield "<h2>1. Sự cố</h2>"
    yield from _table((), facts)
    yield from _table(
        ("Đối tượng", "Đơn vị", "Địa chỉ", "Kênh thuê", "Cam kết", "Hạn khắc phục"),
        (
            (place.name, place.unit, place.address, *_contract(evidence, number))
            for number, place in enumerate(evidence.places)
        ),
        "doi-tuong.csv",
    )


def _measured_down(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Say how long it was seen down: not while it was back in between, nor while nobody knew."""
    incident = evidence.incident
    own = [each for each in evidence.transitions if each.check_id == incident.root_check_id]
    if incident.level is not Status.DOWN or not own:
        return
    over_at = evidence.made_at if incident.resolved_at is None else incident.resolved_at
    inside = neighbours.within(own, incident.opened_at, over_at)
    before = [each.new for each in own if each.at <= incident.opened_at]
    spent = neighbours.lasted(before[-1] if before else own[0].old, inside, incident.opened_at, over_at)
    yield ("Trong đó mất kết nối đo được", official.span(spent[Status.DOWN]))
    if spent[Status.UNKNOWN] > 0:
        yield ("Trong đó chưa rõ trạng thái", official.span(spent[Status.UNKNOWN]))


def _taken(evidence: Evidence) -> str:
    incident = evidence.incident
    if incident.acknowledged_at is None:
        return "chưa có"
    return f"{masked_text(incident.acknowledged_by)}, {wording.moment(incident.acknowledged_at, _zone(evidence))}"


def _contract(evidence: Evidence, number: int) -> tuple[str, str, str]:
    circuit = evidence.places[number].circuit
    if circuit is None:
        return ("không có trong danh mục", wording.NOT_KNOWN, wording.NOT_KNOWN)
    restore = circuit.restore_time_s
    return (
        " ".join(part for part in (circuit.provider, circuit.contract_code or circuit.id) if part),
        official.ratio(circuit.availability_ratio, missing="chưa ghi"),
        "chưa ghi" if restore is None else official.span(restore),
    )


def _measured(evidence: Evidence, samples: Mapping[str, str]) -> Iterator[str]:
    zone = _zone(evidence)
    yield "<h2>2. Kết quả đo</h2>"
    if not evidence.spans:
        yield "<p>Không có kết quả đo: kho kết quả trên máy này không có, hoặc không đọc được.</p>"
        return
    told = "; ".join(
        f"từ {wording.moment(begin, zone)} đến {wording.moment(end, zone)}" for begin, end in evidence.spans
    )
    left_out = " Sự cố quá dài: không nêu từng kết quả ở giữa." if len(evidence.spans) > 1 else ""
    yield f"<p>Mọi kết quả đo {escape(told)}.{left_out}</p>"
    yield from _table(
        ("Phép đo", "Số lần đo", "Thất bại", "Tệp"),
        (
            (
                each.check_id,
                words.number(each.results) if each.results else "không còn kết quả nào",
                words.number(each.failed),
                samples[each.check_id],
            )
            for each in evidence.samples
        ),
        "manifest.json",
    )
    if evidence.samples and evidence.samples[0].dots:
        yield drawing(evidence.samples[0], evidence.incident, evidence.made_at, zone)


def _transitions(evidence: Evidence) -> Iterator[str]:
    zone = _zone(evidence)
    yield "<h2>3. Chuyển trạng thái</h2>"
    yield from _table(
        ("Phép đo", "Thật ra từ", "Xác định lúc", "Từ", "Thành", "Vì"),
        (
            (
                each.check_id,
                wording.moment(each.at, zone),
                wording.moment(each.declared_at, zone),
                words.status_word(each.old),
                words.status_word(each.new),
                words.cause_phrase(each.cause) or each.cause,
            )
            for each in evidence.transitions
        ),
        "chuyen-trang-thai.csv",
    )


def _not_blind(evidence: Evidence) -> Iterator[str]:
    yield "<h2>4. Máy giám sát có bị cô lập không</h2>"
    anchors, lines = evidence.anchors, evidence.lines
    if not anchors:
        yield "<p>Danh mục không có mốc (anchor) nào khác.</p>"
    else:
        there = sum(each.was_up for each in anchors)
        yield (
            f"<p>Trong suốt sự cố, {official.fraction(there, len(anchors))} mốc (điểm luôn phải trả lời nếu máy giám sát "
            "không bị cô lập) giữ kết nối.</p>"
        )
        yield from _neighbours(anchors)
    if lines:
        there = sum(each.was_up for each in lines)
        yield (
            f"<p>Trong suốt sự cố, {official.fraction(there, len(lines))} đường truyền khác cùng nhà mạng hoặc cùng địa "
            "bàn giữ kết nối.</p>"
        )
        yield from _neighbours(lines)
    if any(each.new is Status.UNKNOWN for each in evidence.transitions):
        yield (
            "<p>Trong thời gian nêu trên có lúc chưa rõ trạng thái của nơi gặp sự cố: thời điểm và lý do ở mục 3. Thời gian "
            "chưa rõ không phải là bằng chứng mất kết nối.</p>"
        )
    if evidence.gaps:
        lost = sum(each.results for each in evidence.gaps)
        yield (
            f"<p>Máy giám sát tự đánh mất {words.number(lost)} kết quả trong thời gian này, xem tệp "
            "may-giam-sat-mat-ket-qua.csv.</p>"
        )
    elif any(each.results for each in evidence.samples):
        yield "<p>Máy giám sát không đánh mất kết quả nào trong thời gian này.</p>"


def _neighbours(those: Sequence[Neighbour]) -> Iterator[str]:
    yield from _table(
        ("Đối tượng", "Đơn vị", "Chung", "Lúc bắt đầu", "Lúc kết thúc", "Mất kết nối", "Chưa rõ", "Đo được"),
        (
            (
                each.name,
                each.unit,
                each.why or "mốc",
                wording.status(each.at_begin),
                wording.status(each.at_end),
                *(
                    official.span(length) if length > 0 else wording.NOT_KNOWN
                    for length in (each.down_s, each.unknown_s)
                ),
                f"{words.number(each.good or 0)}/{words.number(each.results)}"
                if each.results
                else wording.NOT_KNOWN,
            )
            for each in those
        ),
        "lan-can.csv",
    )


def _log(evidence: Evidence) -> Iterator[str]:
    yield "<h2>5. Diễn biến</h2>"
    yield from _table(
        ("Lúc", "Sự cố", "Việc", "Ai", "Nội dung"),
        (
            (
                wording.moment(event.at, _zone(evidence)),
                event.incident_id,
                KINDS.get(event.kind, event.kind),
                masked_text(event.who) or "máy",
                wording.event_text(event),
            )
            for event in evidence.log
        ),
        "dien-bien.csv",
    )
    if not any(event.kind is LogKind.PATH for event in evidence.log):
        yield "<p>Không có lần dò đường (traceroute) nào được ghi.</p>"


def _messages(evidence: Evidence) -> Iterator[str]:
    yield "<h2>6. Tin đã gửi</h2>"
    if not evidence.messages:
        yield "<p>Không có tin nào.</p>"
        return
    zone = _zone(evidence)
    yield from _table(
        ("Sự cố", "Tin", "Kênh", "Người nhận (đã che)", "Gửi lúc", "Tình trạng"),
        (
            (
                entry.row.notification.about_id,
                MESSAGES.get(entry.row.notification.kind, entry.row.notification.kind),
                entry.row.notification.channel,
                masked_recipient(entry.row.notification.recipient),
                wording.moment(entry.sent_at, zone),
                DELIVERIES[wording.delivery(entry)],
            )
            for entry in evidence.messages
        ),
        "tin-da-gui.csv",
    )


def _besides(evidence: Evidence) -> Iterator[str]:
    zone = _zone(evidence)
    yield "<h2>7. Bảo trì và lần tính lại có liên quan</h2>"
    if not evidence.maintenance and not evidence.corrections:
        yield "<p>Không có bảo trì đã đăng ký, không có lần tính lại nào trong thời gian này.</p>"
    if evidence.maintenance:
        yield from _table(
            ("Bảo trì", "Từ", "Đến"),
            (
                (each.id, wording.moment(each.from_at, zone), wording.moment(each.until_at, zone))
                for each in evidence.maintenance
            ),
            "bao-tri.csv",
        )
    if evidence.corrections:
        yield from _table(
            ("Lần", "Từ", "Đến", "Lý do", "Người duyệt"),
            (
                (
                    str(each.id) if each.withdraws is None else f"{each.id} (rút lại {each.withdraws})",
                    wording.moment(each.from_at, zone),
                    wording.moment(each.until_at, zone),
                    masked_text(each.reason),
                    masked_text(each.approver),
                )
                for each in evidence.corrections
            ),
            "tinh-lai.csv",
        )


def _checking(evidence: Evidence) -> Iterator[str]:
    then = evidence.digest_then
    yield "<h2>8. Cách kiểm tra hồ sơ này</h2>"
    yield (
        "<p>Giải nén, mở cửa sổ lệnh trong thư mục và chạy <code>sha256sum -c SHA256SUMS</code>: mọi tệp phải báo OK "
        "(trên Windows: <code>certutil -hashfile TÊN_TỆP SHA256</code>, so với dòng của tệp ấy trong SHA256SUMS). "
        "Thời điểm trong các tệp ghi theo ISO 8601 có múi giờ, và theo giây Unix (UTC).</p>"
    )
    yield from _table(
        (),
        (
            ("Lập lúc", wording.moment(evidence.made_at, _zone(evidence))),
            ("Phần mềm", f"tslcd-monitor {evidence.program}"),
            ("Danh mục khi lập", evidence.inventory_digest or wording.NOT_KNOWN),
            ("Danh mục khi xảy ra", then or "không còn lưu"),
        ),
    )
