import os
from pathlib import Path

import pytest

from monitor.plan import open_secrets
from monitor.secrets import KEPT_IN, NO_FOLDER, FileSecrets, InventorySecrets, SecretError
from monitor.settings.channels import EmailSettings
from monitor.settings.settings import Settings
from monitor.surroundings import surroundings
from probes.http.options import HttpOptions
from probes.kind import Options
from probes.kinds import KINDS
from probes.mqtt import MqttOptions
from probes.reading import FailureReason
from probes.snmp.scalars import SnmpOptions
from probes.videoos.probe import VideoosOptions
from tests.clock import FakeClock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "bi-mat"
    path.mkdir(mode=0o700)
    return path


def put(folder: Path, name: str, content: bytes, mode: int = 0o600) -> Path:
    file = folder / name
    file.write_bytes(content)
    file.chmod(mode)
    return file


def refusal(folder: Path, name: str) -> str:
    with pytest.raises(SecretError) as caught:
        FileSecrets(folder).get(name)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"m\xe1\xba\xadt kh\xe1\xba\xa9u",
        b"m\xe1\xba\xadt kh\xe1\xba\xa9u\n",
        b"m\xe1\xba\xadt kh\xe1\xba\xa9u\r\n",
    ],
)
def test_drops_one_line_end_and_nothing_else(folder: Path, content: bytes) -> None:
    put(folder, "smtp", content)
    put(folder, "spaces", b" x \n\n")

    assert FileSecrets(folder).get("smtp") == "mật khẩu"
    assert FileSecrets(folder).get("spaces") == " x \n"


def test_uses_a_replaced_secret_at_once(folder: Path) -> None:
    secrets = FileSecrets(folder)
    put(folder, "smtp", b"old")
    assert secrets.get("smtp") == "old"

    put(folder, "smtp", b"new")

    assert secrets.get("smtp") == "new"


def test_a_missing_secret_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        FileSecrets(folder).get("smtp")
    assert refusal(folder, "smtp") == "bí mật 'smtp': không có tệp này trong thư mục bí mật"
    assert refusal(folder / "missing", "smtp") == "bí mật 'smtp': không có tệp này trong thư mục bí mật"


@pytest.mark.parametrize(
    "name", ["../smtp", "/etc/passwd", "a/b", "", ".", "..", ".hidden", "A", "a\0b", "a\n", "ạ"]
)
def test_a_name_cannot_leave_the_folder(folder: Path, name: str) -> None:
    put(folder.parent, "smtp", b"x")

    assert refusal(folder, name).endswith("tên chỉ gồm a-z, 0-9, '-', '_'")


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o620, 0o660, 0o777])
def test_refuses_what_others_can_read_or_change(folder: Path, mode: int) -> None:
    put(folder, "smtp", b"x", mode)

    assert refusal(folder, "smtp") == f"bí mật 'smtp': người khác đọc được tệp (quyền {mode:04o})"


def test_tells_what_to_type(folder: Path) -> None:
    put(folder, "smtp", b"x", 0o644)
    remedies = {}
    for place, name in ((folder, "smtp"), (folder, "influx"), (NO_FOLDER, "smtp")):
        with pytest.raises(SecretError) as caught:
            FileSecrets(place).get(name)
        remedies[place, name] = caught.value.remedy

    assert remedies == {
        (folder, "smtp"): f"chạy chmod 600 {folder}/smtp",
        (folder, "influx"): f"ghi bí mật vào tệp {folder}/influx rồi chạy chmod 600 {folder}/influx",
        (NO_FOLDER, "smtp"): "ghi secrets_dir trong cấu hình, hoặc dùng LoadCredential= của systemd",
    }


def test_finds_what_systemd_handed_over_and_names_the_file_that_people_know(folder: Path) -> None:
    put(folder, "tslcd_smtp", b"of the folder")
    put(folder, "influx", b"handed over alone")
    secrets = FileSecrets(folder, is_handed_over=True)

    assert [secrets.get("smtp"), secrets.get("influx")] == ["of the folder", "handed over alone"]
    with pytest.raises(SecretError) as caught:
        secrets.get("zalo")
    file = "/etc/tslcd-monitor/credentials/zalo"
    assert caught.value.remedy == (
        f"ghi bí mật vào tệp {file} rồi chạy chmod 600 {file}, rồi: systemctl restart tslcd-monitor"
    )


def test_whoever_is_not_root_is_told_to_be_and_not_to_give_the_secrets_of_root_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "smtp", b"x")
    monkeypatch.setattr("monitor.secrets.KEPT_IN", folder)
    was = os.geteuid()
    if was != 0:
        pytest.fail("this test reads as another user: run it as root (or in a container where you are root)")

    os.seteuid(65_534)
    try:
        with pytest.raises(SecretError) as caught:
            FileSecrets(folder).get("smtp")
    finally:
        os.seteuid(was)

    assert (caught.value.reason, caught.value.remedy) == (
        "không có quyền đọc",
        "chạy lệnh này bằng root (sudo)",
    )


def test_the_service_reads_what_systemd_handed_over_though_the_settings_name_the_folder_of_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "tslcd_smtp", b"handed over")
    own = folder / "own"
    own.mkdir(mode=0o700)
    put(own, "smtp", b"of a folder")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))

    def read(secrets_dir: Path | None) -> str:
        settings = Settings(province="Tỉnh", inventory=[folder], state_dir=folder, secrets_dir=secrets_dir)
        return open_secrets(settings).get("smtp")

    assert [read(None), read(KEPT_IN), read(own)] == ["handed over", "handed over", "of a folder"]


def test_refuses_what_a_group_can_read(folder: Path) -> None:
    file = put(folder, "smtp", b"x", 0o640)
    if os.geteuid() == 0:
        os.chown(file, -1, 65_534)

    assert "người khác đọc được tệp (quyền 0640)" in refusal(folder, "smtp")


def test_refuses_what_is_no_file(folder: Path) -> None:
    put(folder, "real", b"x")
    (folder / "link").symlink_to(folder / "real")
    (folder / "folder").mkdir(mode=0o700)
    os.mkfifo(folder / "fifo", 0o600)

    assert refusal(folder, "link").endswith("là liên kết tượng trưng (symlink)")
    assert refusal(folder, "folder").endswith("không phải tệp thường")
    assert refusal(folder, "fifo").endswith("không phải tệp thường")


def test_refuses_empty_large_and_undecodable_files_without_showing_them(folder: Path) -> None:
    put(folder, "empty", b"\n")
    put(folder, "large", b"x" * 65_537)
    put(folder, "binary", b"matkhau\xff")

    assert refusal(folder, "empty").endswith("tệp rỗng")
    assert refusal(folder, "large").endswith("tệp lớn hơn 65536 byte")
    assert refusal(folder, "binary") == "bí mật 'binary': tệp không phải mã UTF-8"


def test_shows_nothing_of_itself(folder: Path) -> None:
    assert repr(FileSecrets(folder)) == str(FileSecrets(folder)) == "FileSecrets()"


def test_a_copy_of_systemd_has_no_second_name(folder: Path) -> None:
    put(folder, "tslcd_smtp", b"x")
    for is_handed_over in (False, True):
        with pytest.raises(SecretError, match="tên systemd đặt") as caught:
            FileSecrets(folder, is_handed_over=is_handed_over).get("tslcd_smtp")
        assert caught.value.remedy == "bỏ 'tslcd_' ở đầu tên"


def test_a_check_gets_no_secret_that_the_settings_use_themselves(folder: Path) -> None:
    put(folder, "smtp", b"the mail's")
    put(folder, "cong", b"the portal's")
    secrets = InventorySecrets(FileSecrets(folder), {"smtp": "email.password_secret"})

    assert secrets.get("cong") == "the portal's"
    with pytest.raises(SecretError) as caught:
        secrets.get("smtp")
    assert str(caught.value) == (
        "bí mật 'smtp': là bí mật riêng của cấu hình (email.password_secret), danh mục không được dùng"
    )
    assert caught.value.remedy == "dùng tài khoản khác cho phép đo này và cất nó dưới tên khác"
    assert "the mail's" not in f"{caught.value!r} {secrets!r}"


def test_what_runs_checks_keeps_them_from_the_settings_secrets_whatever_inventory_is_in_force(
    folder: Path,
) -> None:
    """A stored version that somebody rolls back to is not held against the secrets again."""
    put(folder, "smtp", b"the mail's")
    put(folder, "cong", b"the portal's")
    email = EmailSettings(host="127.0.0.1", sender="a@b.vn", username="u", password_secret="smtp")
    settings = Settings(province="X", inventory=[], state_dir=folder, secrets_dir=folder, email=email)
    shared = surroundings(settings, FakeClock())

    assert shared.secrets.get("cong") == "the portal's"
    with pytest.raises(KeyError):
        shared.secrets.get("smtp")
    assert open_secrets(settings).get("smtp") == "the mail's"


@pytest.mark.parametrize(
    ("kind", "address", "options"),
    [
        ("http", "http://127.0.0.1:1/", HttpOptions(header_secrets={"X-A": "smtp"})),
        ("mqtt", "127.0.0.1", MqttOptions(username="u", password_secret="smtp")),
        ("snmp", "127.0.0.1", SnmpOptions(community_secret="smtp")),
        ("videoos", "127.0.0.1", VideoosOptions(user_secret="smtp", password_secret="smtp")),
    ],
)
async def test_a_check_that_may_not_have_its_secret_says_why_and_what_to_do(
    folder: Path, kind: str, address: str, options: Options
) -> None:
    put(folder, "smtp", b"the mail's")
    email = EmailSettings(host="127.0.0.1", sender="a@b.vn", username="u", password_secret="smtp")
    settings = Settings(province="X", inventory=[], state_dir=folder, secrets_dir=folder, email=email)
    async with KINDS[kind].connect(surroundings(settings, FakeClock())) as probe:
        reading = await probe(address, options, timeout_s=2.0)

    assert reading.reason is FailureReason.LOCAL
    assert reading.detail == (
        "không dùng được bí mật 'smtp': là bí mật riêng của cấu hình (email.password_secret), danh mục không được dùng; "
        "dùng tài khoản khác cho phép đo này và cất nó dưới tên khác"
    )
