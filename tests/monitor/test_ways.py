"""What is wrong between the keys of webhooks, MQTT and replies is told with its line and how to mend it."""

from pathlib import Path

import pytest

from monitor.settings.settings import SettingsError, load_settings

BASE = "province: Q\ninventory: [danh-muc]\nstate_dir: state\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("webhooks: {so: {url: 'http://10.1.1.1/x', secret_secret: s}}", "không mã hóa chỉ được dùng"),
        ("webhooks: {so: {url: 'https://ai:gi@a.vn/', secret_secret: s}}", "webhooks.so.url"),
        ("webhooks: {SO: {url: 'https://a.vn/', secret_secret: s}}", "webhooks"),
        ("mqtt_out: {host: broker.vn}", "đặt tls: true"),
        ("mqtt_out: {username: a}", "username và password_secret phải đi cùng nhau"),
        ("mqtt_out: {topic: 'a/#'}", "mqtt_out.topic"),
        (
            (
                "mqtt_out: {username: a, password_secret: p}\n"
                "heartbeats: {mqtt: {username: a, password_secret: p}}"
            ),
            "tài khoản 'a' đã dùng để nhận nhịp",
        ),
        ("replies: {}", "cần public_url"),
        ("public_url: https://a.vn\nreplies: {host: 10.1.1.1}", "chỉ được nghe trên chính máy này"),
        ("public_url: https://a.vn\nreplies: {tls_cert: a.pem}", "tls_cert và tls_key phải đi cùng nhau"),
    ],
)
def test_a_contradiction_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "giam-sat.yaml"
    file.write_text(f"{BASE}{text}\n")

    with pytest.raises(SettingsError) as caught:
        load_settings(file)

    assert told in "\n".join(str(problem) for problem in caught.value.problems)


def test_what_is_right_is_taken_with_its_secrets_and_absolute_paths(tmp_path: Path) -> None:
    file = tmp_path / "giam-sat.yaml"
    file.write_text(
        f"{BASE}public_url: https://a.vn\n"
        "webhooks: {so: {url: 'https://a.vn/x', secret_secret: hook, ca_file: ca.pem}}\n"
        "mqtt_out: {username: a, password_secret: p}\n"
        "apprise: {tram: telegram-url}\n"
        "replies: {tls_cert: c.pem, tls_key: k.pem, zalo_bot_webhook_secret: bot}\n"
    )

    settings = load_settings(file)

    assert settings.secrets() == {
        "webhooks.so.secret_secret": "hook",
        "apprise.tram": "telegram-url",
        "mqtt_out.password_secret": "p",
        "replies.zalo_bot_webhook_secret": "bot",
    }
    assert settings.webhooks["so"].ca_file == tmp_path / "ca.pem"
    assert settings.replies is not None
    assert settings.replies.tls_key == tmp_path / "k.pem"
