"""The page behind a link: what it is about, and buttons. One answer, nothing loaded, no scripts; Vietnamese."""

import base64
import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alerts.messages.letterhead import Letterhead
from alerts.messages.words import duration, short_date_time
from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Incident
from alerts.oncall.model import Contact
from alerts.world import World
from monitor.replies.acting import KIND_WORDS, SIDE_WORDS
from monitor.replies.asking import title_of
from monitor.replies.tokens import TokenRefusal

_TEMPLATES: Final = Path(__file__).parent / "templates"
REFUSED: Final = {
    TokenRefusal.UNKNOWN: (
        "Đường dẫn không dùng được",
        "Đường dẫn này không đúng, bị thiếu ký tự, hoặc người nhận đã rời danh sách trực.",
        "Mở lại đúng đường dẫn trong tin nhắn, hoặc trả lời tin bằng: NHẬN <mã sự cố>.",
    ),
    TokenRefusal.EXPIRED: (
        "Đường dẫn đã hết hạn",
        "Đường dẫn chỉ dùng được trong 72 giờ.",
        "Dùng đường dẫn trong tin mới nhất, hoặc trả lời tin bằng: NHẬN <mã sự cố>.",
    ),
    TokenRefusal.USED: (
        "Đường dẫn đã được dùng",
        "Mỗi đường dẫn chỉ dùng một lần; việc làm trước đã được ghi lại.",
        "Nếu cần làm thêm, dùng đường dẫn trong tin mới nhất hoặc trả lời tin bằng: TRỢ GIÚP.",
    ),
}
GONE: Final = ("Không còn sự cố này", "Sự cố không còn trong hệ thống.", "Hỏi người trực chính để biết thêm.")
TOO_FAST: Final = ("Quá nhiều yêu cầu", "Xin chờ một phút rồi thử lại.")
NOT_SAVED: Final = (
    "Chưa lưu được",
    "Hệ thống đã nhận nhưng ổ đĩa chưa ghi được; sẽ tự ghi lại khi ổ đĩa cho phép.",
    "Báo người vận hành kiểm tra ổ đĩa.",
)
NOT_FOUND: Final = ("Không có trang này", "Địa chỉ này chỉ dùng cho đường dẫn trong tin nhắn cảnh báo.")
BAD_FORM: Final = ("Yêu cầu không hợp lệ", "Mở lại đường dẫn trong tin nhắn rồi thử lại.")
OUR_BUG: Final = ("Hệ thống gặp trục trặc", "Xin thử lại sau, hoặc trả lời tin bằng: NHẬN <mã sự cố>.")


class ReplyPages:
    """Renders for one province; where its pages are, each page of an incident leads there."""

    def __init__(self, letterhead: Letterhead) -> None:
        self._province = letterhead.province
        self._zone = letterhead.zone
        self._letterhead = letterhead
        style = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
        self._style = Markup(style)  # noqa: S704 (our own file, no outside text)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        """The Content-Security-Policy of every page."""
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def words(self, heading: str, *lines: str) -> str:
        """Render a page that only says something."""
        return self._environment.get_template("page.html").render(
            province=self._province, style=self._style, heading=heading, lines=lines
        )

    def incident(
        self,
        world: World,
        incident: Incident,
        contact: Contact,
        now: float,
        *,
        said: str = "",
        is_done: bool = True,
        action: str = "",
    ) -> str:
        """Render what an incident is about, with its buttons; `said` is the answer to what was pressed.

        `action` is where the forms go, "" to the address that the page has.
        """
        return self._environment.get_template("incident.html").render(
            province=self._province,
            style=self._style,
            heading=f"{incident.id}: {title_of(world, incident)}",
            facts=self._facts(incident, now),
            said=said,
            is_done=is_done,
            action=action,
            asks_name=contact.is_group,
            may_take=incident.is_open and incident.acknowledged_by != contact.name,
            taken=self.taken(incident) if incident.is_open else "",
            taken_by=incident.acknowledged_by,
            url=self._letterhead.page_of(incident.id),
            kinds=[(kind.value, KIND_WORDS[kind]) for kind in CauseKind],
            small_print=_small_print(contact),
        )

    def taken(self, incident: Incident) -> str:
        """Say who has it and since when, "" when nobody has."""
        if incident.acknowledged_at is None:
            return ""
        return (
            f"{incident.acknowledged_by} đã nhận lúc {short_date_time(incident.acknowledged_at, self._zone)}"
        )

    def _facts(self, incident: Incident, now: float) -> list[tuple[str, str]]:
        state = "suy giảm" if incident.level is Status.DEGRADED else "mất kết nối"
        if not incident.is_open:
            state = "đã kết thúc"
        began = short_date_time(incident.began_at, self._zone)
        ended_at = now if incident.resolved_at is None else incident.resolved_at
        facts = [
            ("Trạng thái", state),
            ("Từ", f"{began}, {duration(max(0.0, ended_at - incident.began_at))}"),
        ]
        if incident.affected:
            facts.append(("Kéo theo", f"{len(incident.affected)} phép đo"))
        facts.append(("Người xử lý", incident.acknowledged_by or "chưa ai nhận"))
        if incident.choice is not None:
            choice = incident.choice
            facts.append(("Nguyên nhân", f"{KIND_WORDS[choice.kind]} ({SIDE_WORDS[choice.side]})"))
        if incident.ticket is not None:
            facts.append(("Phiếu nhà mạng", incident.ticket.number))
        return facts


def _small_print(contact: Contact) -> str:
    if contact.is_group:
        return f"Việc làm ở đây được ghi với tên bạn và nhóm {contact.name}. Mỗi đường dẫn dùng một lần."
    return f"Đường dẫn này dành riêng cho {contact.name}; việc làm ở đây được ghi với tên đó. Dùng một lần."
