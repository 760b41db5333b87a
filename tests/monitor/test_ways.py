"""What is wrong between the keys of webhooks, MQTT and replies is told with its line and how to mend it."""

from pathlib import Path

import pytest

from monitor.cli.duty_check import look_at_oncall
from monitor.duty.oncall_file import read_oncall
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


WAYS = """\
webhooks: {so-tt: {url: 'https://a.vn/x', secret_secret: hook}}
apprise: {tram: telegram-url}
zalo_bot: {}
mqtt_out: {}
file: {path: tin.jsonl}
"""


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "webhook:so-t",
            "'webhook:so-t' không có ở phần webhooks của cấu hình; có phải 'so-tt'?",
        ),
        ("apprise:dai", "'apprise:dai' không có ở phần apprise của cấu hình; các tên đã có: tram"),
        ("zalo_bot:a b", "'zalo_bot:a b' không phải mã chat của bot"),
        ("mqtt:a/#", "'mqtt:a/#' không phải chủ đề MQTT"),
        ("zbs:0912345678", "kênh 'zbs' chưa được cấu hình"),
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_told_in_policies_and_of_people(
    tmp_path: Path, address: str, told: str
) -> None:
    file, people = tmp_path / "giam-sat.yaml", tmp_path / "truc.yaml"
    file.write_text(f"{BASE}{WAYS}alerting: {{policies: {{default: {{steps: [{{to: ['{address}']}}]}}}}}}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    assert str(problem).endswith(f"steps[0].to[0]: {told}") or f"to[0]: {told}; " in str(problem)

    channel, _, rest = address.partition(":")
    file.write_text(f"{BASE}{WAYS}oncall: truc.yaml\n")
    people.write_text(f"people:\n  hoa: {{name: Hoa, tell: {{{channel}: '{rest}'}}}}\n")
    people.chmod(0o600)
    settings = load_settings(file)
    (problem,) = read_oncall(people, settings).problems

    assert str(problem).startswith(f"{people}:2: people.hoa.tell.{channel}: ")
    assert f"'{rest}'" not in str(problem), "the file is about people"
    (found,) = look_at_oncall(settings, people, file, 0.0, is_whole=True).errors
    assert found == problem


def test_addresses_that_fit_are_right_and_settings_half_read_blame_nobody(tmp_path: Path) -> None:
    file, people = tmp_path / "giam-sat.yaml", tmp_path / "truc.yaml"
    to = "['webhook:so-tt', 'apprise:tram', 'zalo_bot:c1', 'mqtt:', 'file:x', hoa]"
    file.write_text(
        f"{BASE}{WAYS}oncall: truc.yaml\nalerting: {{policies: {{default: {{steps: [{{to: {to}}}]}}}}}}\n"
    )
    people.write_text("people:\n  hoa: {name: Hoa, tell: {webhook: so-tt, zbs: '0912345678'}}\n")
    people.chmod(0o600)
    settings = load_settings(file)

    assert look_at_oncall(settings, people, file, 0.0, is_whole=False).errors == ()
    (error,) = look_at_oncall(settings, people, file, 0.0, is_whole=True).errors
    assert "kênh 'zbs' chưa được cấu hình; thêm phần zbs" in str(error)


def test_writers_of_reports_must_be_people_of_the_file_or_addresses(tmp_path: Path) -> None:
    file, people = tmp_path / "giam-sat.yaml", tmp_path / "truc.yaml"
    file.write_text(f"{BASE}{WAYS}oncall: truc.yaml\nreport: {{writers: [hoa, hoaa, 'webhook:so-tt']}}\n")
    people.write_text("people:\n  hoa: {name: Hoa, tell: {webhook: so-tt}}\n")
    people.chmod(0o600)

    (error,) = look_at_oncall(load_settings(file), people, file, 0.0, is_whole=True).errors
    assert "report.writers[1]: không có người hoặc nhóm 'hoaa'; có phải 'hoa'?" in str(error)


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
