from pathlib import Path

import pytest

from monitor.settings.settings import Settings, SettingsError, load_settings

LEAST = """\
province: Quảng Ngãi
inventory: [danh-muc]
state_dir: state
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cai-dat.yaml"


def loaded(file: Path, more: str = "", least: str = LEAST) -> Settings:
    file.write_text(least + more)
    return load_settings(file)


def refusal(file: Path, more: str, least: str = LEAST) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(file, more, least)
    return str(caught.value).replace(f"{file.parent}/", "")


def test_needs_only_province_inventory_and_state_dir(file: Path) -> None:
    settings = loaded(file)

    assert settings.province == "Quảng Ngãi"
    assert settings.timezone == "Asia/Ho_Chi_Minh"
    assert settings.influx is None


def test_paths_start_at_the_folder_of_the_file(file: Path) -> None:
    more = """\
secrets_dir: ../bi-mat
file: {path: tin-nhan.jsonl}
email: {host: mail.example, sender: a@example.vn, ca_file: /etc/ssl/ca.pem}
"""
    settings = loaded(file, more, LEAST.replace("[danh-muc]", "[danh-muc, /usr/share/danh-muc]"))

    assert settings.inventory == [file.parent / "danh-muc", Path("/usr/share/danh-muc")]
    assert settings.state_dir == file.parent / "state"
    assert settings.secrets_dir == file.parent / "../bi-mat"
    assert settings.file is not None
    assert settings.file.path == file.parent / "tin-nhan.jsonl"
    assert settings.email is not None
    assert settings.email.ca_file == Path("/etc/ssl/ca.pem")


def test_paths_are_absolute_even_if_the_file_was_named_relatively(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(LEAST)
    monkeypatch.chdir(file.parent)

    assert load_settings(Path(file.name)).state_dir == file.parent / "state"


def test_routes_may_name_configured_channels(file: Path) -> None:
    more = """\
email: {host: mail.example, username: a, password_secret: smtp, sender: a@example.vn}
file: {path: tin.jsonl}
alerting:
  policies:
    default: {steps: [{to: [email:truc@example.vn, file:tin]}]}
    record-only: {}
"""

    assert sorted(loaded(file, more).alerting.policies) == ["default", "record-only"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_mail_without_tls_goes_to_this_machine_only(file: Path, host: str) -> None:
    email = 'email: {{host: "{}", security: none, sender: a@example.vn}}\n'

    assert loaded(file, email.format(host)).email is not None
    assert refusal(file, email.format("10.0.0.5")) == (
        "cai-dat.yaml:4: email.security: không mã hóa chỉ được dùng với máy chủ thư trên chính máy này; "
        "dùng starttls hoặc tls"
    )


def test_ranges_and_names_that_may_be_asked_become_what_the_probes_ask(file: Path) -> None:
    more = """\
probes: {allowed: [10.51.0.0/16, 10.52.7.1, cong.example.vn, '*.tinh.vn']}
snmp:
  ranges:
    10.51.0.0/16: {community_secret: snmp-tinh}
    10.51.7.0/24: {community_secret: snmp-xa, auth_secret: a, priv_secret: p}
"""
    settings = loaded(file, more)
    places, accounts = settings.probes.declared(), settings.accounts()

    assert [str(network) for network in places.networks] == ["10.51.0.0/16", "10.52.7.1/32"]
    assert (places.names, places.is_exhaustive) == ({"cong.example.vn", "*.tinh.vn"}, True)
    assert accounts.account("10.51.7.9").said() == {
        "community_secret": "snmp-xa",
        "auth_secret": "a",
        "priv_secret": "p",
    }
    assert not loaded(file).probes.declared().is_exhaustive


def test_all_secrets_but_those_of_devices_are_reserved(file: Path) -> None:
    more = """\
email: {host: mail.vn, sender: a@b.vn, username: u, password_secret: smtp}
influx: {url: 'http://127.0.0.1:1', token_secret: influx}
apprise: {nhom: apprise-nhom}
zalo_bot: {}
heartbeats: {mqtt: {username: u, password_secret: mqtt}}
traps: {community_secrets: [bay], users: [{name: a}]}
"""
    settings = loaded(file, more)

    assert settings.reserved_secrets() == {
        "smtp": "email.password_secret",
        "influx": "influx.token_secret",
        "apprise-nhom": "apprise.nhom",
        "zalo-bot-token": "zalo_bot.token_secret",
        "heartbeat-key": "heartbeats.key_secret",
        "mqtt": "heartbeats.mqtt.password_secret",
    }
    assert settings.accounts().trap_secrets == {"bay", "snmp-auth", "snmp-priv"}
    assert settings.secrets().keys() - settings.reserved_secrets().values() == {
        "traps.community_secrets.0",
        "traps.users.0.auth_secret",
        "traps.users.0.priv_secret",
    }


REFUSED = {
    "probes: {allowed: [10.51.7.1/16]}\n": (
        "cai-dat.yaml:4: probes.allowed[0]: '10.51.7.1/16' không phải mạng hay tên máy đúng; "
        "ví dụ 10.51.0.0/16, 10.51.7.1, cong.quangngai.gov.vn hoặc '*.quangngai.gov.vn'"
    ),
    "snmp: {ranges: {10.51.7.1/16: {}}}\n": (
        "cai-dat.yaml:4: snmp.ranges.10.51.7.1/16: '10.51.7.1/16' không phải mạng đúng; có phải '10.51.0.0/16'?"
    ),
    "provice: X\n": ("cai-dat.yaml:4: provice: không có khóa này; có phải 'province'?"),
    "web:\n  prot: 80\n": ("cai-dat.yaml:5: web.prot: không có khóa này; có phải 'port'?"),
    "web: {port: 70000}\n": ("cai-dat.yaml:4: web.port: không được quá 65535, đang là 70000"),
    "web: {host: 0.0.0.0}\n": (
        "cai-dat.yaml:4: web.host: trang web có đăng nhập, nên không mở ở '0.0.0.0' khi chưa mã hóa; "
        "thêm tls_cert và tls_key, hoặc ghi host: 127.0.0.1 và đặt nginx có chứng thư phía trước "
        "(mẫu: deploy/nginx/tslcd-monitor.conf)"
    ),
    "web: {tls_cert: a.pem}\n": (
        "cai-dat.yaml:4: web.tls_cert: tls_cert và tls_key phải đi cùng nhau; "
        "thêm cái còn thiếu, hoặc bỏ cả hai"
    ),
    "web: {tls_cert: a.pem, tls_key: a.key, url: 'http://a.vn'}\n": (
        "cai-dat.yaml:4: web.url: trang web dùng TLS nên địa chỉ phải bắt đầu bằng https://; "
        "sửa http:// thành https://"
    ),
    "web: {url: 'https://a.vn', oidc: {issuer: 'http://sso.vn', client_id: a}}\n": (
        "cai-dat.yaml:4: web.oidc.issuer: không mã hóa chỉ được dùng với máy chủ đăng nhập trên chính máy này; "
        "dùng https://"
    ),
    "web: {oidc: {issuer: 'https://sso.vn', client_id: a}}\n": (
        "cai-dat.yaml:4: web.oidc: đăng nhập tập trung cần biết địa chỉ của trang này để quay lại; "
        "thêm web.url, ví dụ https://giam-sat.tinh.gov.vn"
    ),
    "web: {enabled: no}\n": ("cai-dat.yaml:4: web.enabled: cần true hoặc false, đang là 'no'; viết false"),
    "retention: {raw_days: '35'}\n": (
        "cai-dat.yaml:4: retention.raw_days: cần số nguyên, đang là '35'; bỏ dấu nháy"
    ),
    "alerting: {group_wait_s: .nan}\n": (
        "cai-dat.yaml:4: alerting.group_wait_s: cần một con số thường, không phải .nan hoặc .inf"
    ),
    "alerting: {group_wait_s: 0}\n": (
        "cai-dat.yaml:4: alerting.group_wait_s: phải lớn hơn 0, đang là 0; tính bằng giây: 5 phút viết 300"
    ),
    "email: {host: a, sender: b@c, security: start-tls}\n": (
        "cai-dat.yaml:4: email.security: không nhận giá trị 'start-tls'; có phải 'starttls'?"
    ),
    "email: {host: a}\n": ("cai-dat.yaml:4: email.sender: thiếu khóa bắt buộc 'sender'; thêm sender: ..."),
    "email: {host: a, sender: b@c, username: x}\n": (
        "cai-dat.yaml:4: email: username và password_secret phải đi cùng nhau; thêm cái còn thiếu, "
        "hoặc bỏ cả hai"
    ),
    "timezone: Asia/Saigonn\n": (
        "cai-dat.yaml:4: timezone: không có múi giờ 'Asia/Saigonn'; Việt Nam dùng Asia/Ho_Chi_Minh"
    ),
    "timezone: ../../etc/passwd\n": (
        "cai-dat.yaml:4: timezone: không có múi giờ '../../etc/passwd'; Việt Nam dùng Asia/Ho_Chi_Minh"
    ),
    "alerting:\n  policies:\n    default:\n      steps:\n      - to: [fle:tin]\n": (
        "cai-dat.yaml:8: alerting.policies.default.steps[0].to[0]: không có kênh 'fle'; có phải 'file'?"
    ),
    "alerting:\n  policies:\n    default:\n      steps:\n      - to: [rota:csht]\n": (
        "cai-dat.yaml:8: alerting.policies.default.steps[0].to[0]: 'rota:csht' cần tệp người trực; thêm "
        "oncall: <tệp người trực>, hoặc viết kênh:địa chỉ như email:truc@example.gov.vn"
    ),
    "alerting:\n  policies:\n    default:\n      steps:\n      - {to: [email:a@b.vn], after_minutes: 5}\n": (
        "cai-dat.yaml:6: alerting.policies.default: bước đầu phải báo ngay: bỏ after_minutes ở bước đầu"
    ),
    "report: {writers: [lan, 'fle:so', 'email:lan']}\nemail: {host: a, sender: a@b.vn}\n": (
        "cai-dat.yaml:4: report.writers[0]: 'lan' cần tệp người trực; thêm oncall: <tệp người trực>, hoặc viết "
        "kênh:địa chỉ như email:truc@example.gov.vn\n"
        "cai-dat.yaml:4: report.writers[1]: không có kênh 'fle'; có phải 'file'?\n"
        "cai-dat.yaml:4: report.writers[2]: 'lan' không phải địa chỉ thư điện tử; chỉ viết địa chỉ, không kèm tên "
        "người, ví dụ truc@example.gov.vn"
    ),
    "alerting: {night: {from: 22h}}\n": (
        "cai-dat.yaml:4: alerting.night.from: '22h' không phải giờ; viết giờ và phút, ví dụ 07:30"
    ),
    "email: {host: a, sender: a@b.vn}\nalerting:\n  policies:\n    default: {steps: [{to: [file:a, email:truc]}]}\n": (
        "cai-dat.yaml:7: alerting.policies.default.steps[0].to[0]: kênh 'file' chưa được cấu hình; "
        "thêm phần file: {path: ...}\n"
        "cai-dat.yaml:7: alerting.policies.default.steps[0].to[1]: 'truc' không phải địa chỉ thư điện tử; "
        "chỉ viết địa chỉ, không kèm tên người, ví dụ truc@example.gov.vn"
    ),
    "email: {host: mail.example, sender: Giám sát <a@example.vn>}\n": (
        "cai-dat.yaml:4: email.sender: 'Giám sát <a@example.vn>' không phải địa chỉ thư điện tử; "
        "chỉ viết địa chỉ, không kèm tên người, ví dụ truc@example.gov.vn"
    ),
    "influx: {url: 'http://a:b@c'}\n": (
        "cai-dat.yaml:4: influx.url: cần địa chỉ bắt đầu bằng http:// hoặc https://, không kèm tài "
        "khoản, đang là 'http://…@c'"
    ),
    "state_dir: hai\n": (
        "cai-dat.yaml:4: state_dir: khóa 'state_dir' viết hai lần (lần đầu ở dòng 3); xóa một trong hai"
    ),
    "lanes: []\n": ("cai-dat.yaml:4: lanes: cần các cặp 'khóa: giá trị', đang là danh sách"),
    "alertng: {}\n": ("cai-dat.yaml:4: alertng: không có khóa này; có phải 'alerting'?"),
    "inventory_watch: {enabled: yes, quiet_s: -1}\n": (
        "cai-dat.yaml:4: inventory_watch.enabled: cần true hoặc false, đang là 'yes'; viết true\n"
        "cai-dat.yaml:4: inventory_watch.quiet_s: phải từ 0 trở lên, đang là -1; tính bằng giây: 5 "
        "phút viết 300"
    ),
    "contacts: [danh-ba.yaml]\n": ("cai-dat.yaml:4: contacts: cần chữ, đang là danh sách"),
    "lanes: {imcp: 10, http: 0}\n": (
        "cai-dat.yaml:4: lanes.imcp: không có loại phép đo 'imcp'; có phải 'icmp'?\n"
        "cai-dat.yaml:4: lanes.http: phải từ 1 trở lên, đang là 0"
    ),
    "traps: {host: trap.example, port: 0.5}\n": (
        "cai-dat.yaml:4: traps.host: cần địa chỉ IP của máy này, đang là 'trap.example'; ví dụ "
        "10.51.250.10, hoặc 127.0.0.1 khi chỉ nghe trên chính máy này\n"
        "cai-dat.yaml:4: traps.port: cần số nguyên, đang là 0.5"
    ),
    "traps: {users: [{name: '', engine_ids: [80001F88]}]}\n": (
        "cai-dat.yaml:4: traps.users[0].name: không được để trống\n"
        "cai-dat.yaml:4: traps.users[0].engine_ids[0]: cần 5 đến 32 byte viết bằng số hệ 16, chữ "
        "thường, ví dụ 80001f888056aa01, đang là '80001F88'"
    ),
    "heartbeats: {}\n": (
        "cai-dat.yaml:4: heartbeats: cần http, mqtt hoặc cả hai; ví dụ http: {host: 127.0.0.1, port: 8443}"
    ),
    "heartbeats: {http: {host: 10.51.250.10}}\n": (
        "cai-dat.yaml:4: heartbeats.http.host: không mã hóa chỉ được nghe trên chính máy này; thêm "
        "tls_cert và tls_key, hoặc ghi host: 127.0.0.1"
    ),
    "heartbeats: {http: {tls_cert: a.pem}}\n": (
        "cai-dat.yaml:4: heartbeats.http.tls_cert: tls_cert và tls_key phải đi cùng nhau; thêm cái "
        "còn thiếu, hoặc bỏ cả hai"
    ),
    "heartbeats: {mqtt: {host: broker.example, topic: tslcd/beats/#}}\n": (
        "cai-dat.yaml:4: heartbeats.mqtt.topic: cần chủ đề MQTT kết thúc bằng /+, ví dụ "
        "tslcd/beats/+, đang là 'tslcd/beats/#'"
    ),
    "heartbeats: {mqtt: {host: broker.example, username: a}}\n": (
        "cai-dat.yaml:4: heartbeats.mqtt.tls: không mã hóa chỉ được dùng với broker trên chính máy "
        "này; đặt tls: true\n"
        "cai-dat.yaml:4: heartbeats.mqtt.username: username và password_secret phải đi cùng nhau; "
        "thêm cái còn thiếu, hoặc bỏ cả hai"
    ),
    "influx: {url: 'http://influx.example', api: v1, bucket: a/b/c}\n": (
        "cai-dat.yaml:4: influx.bucket: với api v1 cần tên cơ sở dữ liệu, đang là 'a/b/c'; "
        "ví dụ tslcd, hoặc tslcd/nam để ghi vào retention policy tên nam"
    ),
    "influx: {url: 'https://influx.example', batch_rows: 0, token: abc}\n": (
        "cai-dat.yaml:4: influx.batch_rows: phải từ 1 trở lên, đang là 0\n"
        "cai-dat.yaml:4: influx.token: không có khóa này; có phải 'token_secret'?"
    ),
    "public_url: giamsat.example\n": (
        "cai-dat.yaml:4: public_url: cần địa chỉ bắt đầu bằng http:// hoặc https://, không kèm tài "
        "khoản, đang là 'giamsat.example'"
    ),
    "email: smtp.example\n": ("cai-dat.yaml:4: email: cần các cặp 'khóa: giá trị', đang là 'smtp.example'"),
    "email: {host: a, sender: a@b.vn, port: 70000, timeout_s: 0}\n": (
        "cai-dat.yaml:4: email.port: không được quá 65535, đang là 70000\n"
        "cai-dat.yaml:4: email.timeout_s: phải lớn hơn 0, đang là 0; tính bằng giây: 5 phút viết "
        "300"
    ),
    "file: {path: 5}\n": ('cai-dat.yaml:4: file.path: cần chữ, đang là 5; đặt trong dấu nháy: "5"'),
    "alerting:\n  policies: [default]\n": (
        "cai-dat.yaml:5: alerting.policies: cần các cặp 'khóa: giá trị', đang là danh sách"
    ),
    "alerting:\n  policies:\n    default: [file:tin]\n": (
        "cai-dat.yaml:6: alerting.policies.default: cần các cặp 'khóa: giá trị', đang là danh sách"
    ),
    "vantage: 07\nsimulated: 1\nretention: {raw_days: 7.5}\n": (
        "cai-dat.yaml:5: simulated: cần true hoặc false, đang là 1; viết true\n"
        "cai-dat.yaml:6: retention.raw_days: cần số nguyên, đang là 7.5"
    ),
    "web: {enabled: có}\n": ("cai-dat.yaml:4: web.enabled: cần true hoặc false, đang là 'có'; viết true"),
    "na\ufeffme: x\n": (
        "cai-dat.yaml:4: name: tên khóa có ký tự ẩn U+FEFF (dấu BOM); xóa chữ này rồi gõ lại, đừng "
        "dán từ Word hay trang web\n"
        "cai-dat.yaml:4: name: không có khóa này; các khóa có thể dùng: province, inventory, "
        "inventory_watch, contacts, oncall, state_dir, ballast_mb, secrets_dir, public_url, templates, "
        "timezone, vantage, probes, snmp, devices, retention, backup, accounting, report, influx, email, file, webhooks, "
        "mqtt_out, apprise, zalo_bot, zalo_oa, zbs, replies, alerting, delivery, dead_man, traps, heartbeats, web, "
        "measuring, simulated, lanes"
    ),
    "web:\n\tport: 80\n": ("cai-dat.yaml:5: thụt lề bằng phím Tab; thay bằng dấu cách"),
    "email: &e {host: a, sender: a@b.vn}\nfile: *f\n": (
        "cai-dat.yaml:5: file: bí danh '*f' chưa được đặt (thiếu '&f'); chữ bắt đầu bằng '*' thì "
        "đặt trong dấu nháy"
    ),
}


@pytest.mark.parametrize("more", REFUSED, ids=range(len(REFUSED)))
def test_refuses_with_exactly_this_message(file: Path, more: str) -> None:
    assert refusal(file, more) == REFUSED[more]


def test_tells_all_problems_at_once(file: Path) -> None:
    lines = refusal(file, "web: {port: -1}\nvantage: 5\n", "province: X\n").splitlines()

    assert [line.partition(": ")[0] for line in lines] == ["cai-dat.yaml:1"] * 2 + [
        "cai-dat.yaml:2",
        "cai-dat.yaml:3",
    ]


def test_needs_at_least_one_inventory(file: Path) -> None:
    assert refusal(file, "", LEAST.replace("[danh-muc]", "[]")) == (
        "cai-dat.yaml:2: inventory: chưa có thư mục danh mục nào; ghi thư mục danh mục, ví dụ [danh-muc]"
    )


def test_refuses_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(SettingsError, match="không có tệp này"):
        load_settings(file)
