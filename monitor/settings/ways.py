"""Webhooks, MQTT, Apprise and the listener for replies: their secrets, their files, what is wrong between their keys."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from inventory.files.source import YamlMap, problem_at
from inventory.problem import Problem

if TYPE_CHECKING:
    from monitor.settings.settings import Settings

_BOTH = "thêm cái còn thiếu, hoặc bỏ cả hai"
Anchor = Callable[[Path | None], Path | None]


def secrets_of_ways(settings: "Settings") -> dict[str, str | None]:
    """Return the secrets that these sections name: dotted key -> name."""
    named: dict[str, str | None] = {
        f"webhooks.{name}.secret_secret": hook.secret_secret for name, hook in settings.webhooks.items()
    }
    named |= {f"apprise.{name}": secret for name, secret in settings.apprise.items()}
    if settings.mqtt_out is not None:
        named["mqtt_out.password_secret"] = settings.mqtt_out.password_secret
    if settings.replies is not None:
        named["replies.zalo_bot_webhook_secret"] = settings.replies.zalo_bot_webhook_secret
    return named


def anchored_ways(settings: "Settings", anchored: Anchor) -> dict[str, Any]:
    """Return these sections with absolute paths."""
    mqtt, replies = settings.mqtt_out, settings.replies
    return {
        "webhooks": {
            name: hook.model_copy(update={"ca_file": anchored(hook.ca_file)})
            for name, hook in settings.webhooks.items()
        },
        "mqtt_out": mqtt and mqtt.model_copy(update={"ca_file": anchored(mqtt.ca_file)}),
        "replies": replies
        and replies.model_copy(
            update={"tls_cert": anchored(replies.tls_cert), "tls_key": anchored(replies.tls_key)}
        ),
    }


def way_contradictions(
    settings: "Settings", data: YamlMap, *, is_loopback: Callable[[str], bool]
) -> Iterator[Problem]:
    """Yield what is wrong between keys that are right alone."""
    for name, hook in settings.webhooks.items():
        url = urlsplit(hook.url)
        if url.scheme != "https" and not is_loopback(url.hostname or ""):
            message = "không mã hóa chỉ được dùng với chương trình trên chính máy này"
            yield problem_at(data, ("webhooks", name, "url"), message, hint="dùng https://")
    yield from _mqtt_contradictions(settings, data, is_loopback=is_loopback)
    yield from _reply_contradictions(settings, data, is_loopback=is_loopback)


def _mqtt_contradictions(
    settings: "Settings", data: YamlMap, *, is_loopback: Callable[[str], bool]
) -> Iterator[Problem]:
    mqtt = settings.mqtt_out
    if mqtt is None:
        return
    if not mqtt.tls and not is_loopback(mqtt.host):
        message = "không mã hóa chỉ được dùng với broker trên chính máy này"
        yield problem_at(data, ("mqtt_out", "tls"), message, hint="đặt tls: true")
    if (mqtt.username is None) != (mqtt.password_secret is None):
        message = "username và password_secret phải đi cùng nhau"
        yield problem_at(data, ("mqtt_out", "username"), message, hint=_BOTH)
    beats = None if settings.heartbeats is None else settings.heartbeats.mqtt
    if beats is None or mqtt.username is None:
        return
    if (mqtt.host, mqtt.port, mqtt.username) == (beats.host, beats.port, beats.username):
        # The broker takes the user for the client, and throws the first out when the second comes.
        message = f"tài khoản '{mqtt.username}' đã dùng để nhận nhịp trên broker này"
        hint = "tạo thêm một tài khoản chỉ được ghi vào chủ đề cảnh báo"
        yield problem_at(data, ("mqtt_out", "username"), message, hint=hint)


def _reply_contradictions(
    settings: "Settings", data: YamlMap, *, is_loopback: Callable[[str], bool]
) -> Iterator[Problem]:
    replies = settings.replies
    if replies is None:
        return
    if (replies.tls_cert is None) != (replies.tls_key is None):
        message = "tls_cert và tls_key phải đi cùng nhau"
        yield problem_at(data, ("replies", "tls_cert"), message, hint=_BOTH)
    elif replies.tls_cert is None and not is_loopback(replies.host):
        message = "không mã hóa chỉ được nghe trên chính máy này"
        hint = "thêm tls_cert và tls_key, hoặc ghi host: 127.0.0.1 và đặt nginx ở trước"
        yield problem_at(data, ("replies", "host"), message, hint=hint)
    if settings.public_url is None:
        message = "cần public_url: đường dẫn trong tin nhắn bắt đầu bằng địa chỉ này"
        hint = "ví dụ public_url: https://giamsat.quangngai.gov.vn"
        yield problem_at(data, ("replies",), message, hint=hint)
