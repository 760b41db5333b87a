"""Whether an address of the policies or of the on-call file can be told anything, with the channels as they are set."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from alerts.channels.address import is_plain_address
from alerts.channels.mqtt import is_sub_topic
from alerts.channels.zalo_bot import is_chat_id
from alerts.channels.zalo_oa import is_oa_address
from alerts.channels.zbs import phone_of
from inventory.problem import near_miss

if TYPE_CHECKING:
    from monitor.settings.settings import Settings

SECTION_OF: Final = {"webhook": "webhooks", "mqtt": "mqtt_out"}
"""Channel -> the section of the settings that it needs, when it has another name."""
_LEAST: Final = {
    "email": "host: ..., sender: ...",
    "file": "path: ...",
    "zalo_bot": "token_secret: zalo-bot-token",
    "zalo_oa": 'app_id: "..."',
    "zbs": 'template_id: "...", parameters: ...',
}
"""Section -> what it must have."""

Fault = tuple[str, str]
"""What is wrong with an address, without the address, and how to mend it."""
_SHAPES: Final[dict[str, tuple[Callable[[str], object], Fault]]] = {
    "email": (
        is_plain_address,
        ("không phải địa chỉ thư điện tử", "chỉ viết địa chỉ, ví dụ truc@example.gov.vn"),
    ),
    "zalo_bot": (
        is_chat_id,
        ("không phải mã chat của bot", "xem mã chat bằng: tslcd-monitor zalo-bot chats"),
    ),
    "zalo_oa": (is_oa_address, ("không phải địa chỉ của Official Account", "viết user:<mã> hoặc group:<mã>")),
    "zbs": (phone_of, ("không phải số điện thoại di động", "viết 0 và 9 chữ số")),
    "mqtt": (
        lambda text: not text or is_sub_topic(text),
        ("không phải chủ đề MQTT", "viết chủ đề con, không có + và #, hoặc để trống"),
    ),
}
_ANYTHING: Final[tuple[Callable[[str], object], Fault]] = (lambda _text: True, ("", ""))


def unconfigured(channel: str) -> Fault:
    """Return what is wrong with every address of a channel that the settings do not have."""
    section = SECTION_OF.get(channel, channel)
    return f"kênh '{channel}' chưa được cấu hình", f"thêm phần {section}: {{{_LEAST.get(section, '...')}}}"


def address_fault(settings: "Settings | None", channel: str, address: str) -> Fault | None:
    """Return why nothing would arrive at an address of a channel that exists; None when it may.

    `settings` None: they are not known, and only the address itself is looked at.
    """
    if settings is not None and not getattr(settings, SECTION_OF.get(channel, channel)):
        message, hint = unconfigured(channel)
        return message, f"{hint} vào cấu hình rồi khởi động lại dịch vụ, hoặc bỏ dòng này"
    if settings is not None and channel == "webhook":
        return _unknown_way(settings.webhooks, address, "webhooks")
    if settings is not None and channel == "apprise":
        return _unknown_way(settings.apprise, address, "apprise")
    fits, fault = _SHAPES.get(channel, _ANYTHING)
    return None if fits(address) else fault


def _unknown_way(names: Collection[str], address: str, section: str) -> Fault | None:
    if address in names:
        return None
    hint = near_miss(address, names) or "các tên đã có: " + ", ".join(sorted(names))
    return f"không có ở phần {section} của cấu hình", hint
