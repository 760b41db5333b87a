"""`diag`: a file that can be handed on."""

import json
import resource
import stat
import tarfile
from pathlib import Path

from tests.monitor.cli.conftest import SETTINGS, Run

PLANTED = "bi-mat-7f31c09ab2"
MORE = """
email: {host: mail.tinh.example, sender: giam-sat@tinh.example, username: giam-sat, password_secret: smtp}
webhooks: {so: {url: "https://so.tinh.example/x?token=nhungthudai99", secret_secret: smtp}}
"""


def contents(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        return {
            member.name.partition("/")[2]: file.read().decode()
            for member in archive
            if (file := archive.extractfile(member)) is not None
        }


def planted(config: Path) -> Path:
    folder = config.parent / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "smtp").write_text(PLANTED)
    (folder / "smtp").chmod(0o600)
    (folder / "old").write_text("the inventory is wrong: 9c1f")  # named by nobody any more
    config.write_text(SETTINGS + MORE)
    return folder


def test_the_file_holds_everything_but_secrets_and_addresses(run: Run, config: Path, tmp_path: Path) -> None:
    planted(config)
    state = tmp_path / "state"
    state.mkdir()
    (state / "state.db").write_bytes(bytes(4_096))
    out = tmp_path / "diag.tar.gz"

    told = run("diag", "--config", config, "--out", out, "--lines", "10")
    parts = contents(out)
    everything = "\n".join(parts.values())

    assert told.code == 6, "the daemon does not run here"
    assert told.out.strip() == str(out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert parts.keys() == {
        "doc-truoc.txt",
        "may.json",
        "cau-hinh.yaml",
        "danh-muc.json",
        "suc-khoe.json",
        "tep.json",
        "nhat-ky.txt",
    }
    for secret in (PLANTED, "nhungthudai99"):
        assert secret not in everything + told.out + told.err
    for address in ("mail.tinh.example", "so.tinh.example", "giam-sat@tinh.example", "127.0.0.3"):
        assert address not in parts["cau-hinh.yaml"]
    assert json.loads(parts["danh-muc.json"])["kinds"] == {"icmp": 5}
    assert json.loads(parts["may.json"])["packages"]["aiohttp"]
    assert [each["name"] for each in json.loads(parts["tep.json"])["files"]] == ["state.db"]
    assert "password_secret: smtp" in parts["cau-hinh.yaml"], "names of secrets help and are none"


def test_addresses_are_in_it_only_when_asked(run: Run, config: Path, tmp_path: Path) -> None:
    planted(config)
    out = tmp_path / "diag.tar.gz"

    run("diag", "--config", config, "--out", out, "--with-addresses", "--lines", "0")
    parts = contents(out)

    assert "mail.tinh.example" in parts["cau-hinh.yaml"]
    assert PLANTED not in "\n".join(parts.values())


def test_a_wrong_inventory_is_told_of_and_its_secrets_are_masked_all_the_same(
    run: Run, config: Path, tmp_path: Path
) -> None:
    planted(config)
    (tmp_path / "danh-muc" / "20.yaml").write_text(
        "targets: {x: {name: 'the inventory is wrong: 9c1f', uint: 1}}\n"
    )
    out = tmp_path / "diag.tar.gz"

    told = run("diag", "--config", config, "--out", out, "--json", "--lines", "0")

    assert told.code == 6
    assert json.loads(told.out)["parts"][3] == "danh-muc.json"
    assert "uint" in contents(out)["danh-muc.json"]
    assert "9c1f" not in contents(out)["danh-muc.json"]


def test_nothing_is_overwritten(run: Run, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "diag.tar.gz"
    out.write_text("mine")

    told = run("diag", "--config", config, "--out", out)

    assert (told.code, out.read_text()) == (2, "mine")
    assert "đã có" in told.err


def test_no_link_is_followed_not_even_to_where_nothing_is(run: Run, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "diag.tar.gz"
    out.symlink_to(tmp_path / "elsewhere")

    told = run("diag", "--config", config, "--out", out)

    assert told.code == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_disk_that_takes_half_of_it_keeps_none_of_it(run: Run, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "diag.tar.gz"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))  # Python ignores SIGXFSZ: write(2) fails
    try:
        told = run("diag", "--config", config, "--out", out, "--lines", "0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (told.code, out.exists()) == (1, False)
    assert "không ghi được" in told.err


def test_a_folder_that_is_not_there_is_told_with_a_remedy(run: Run, config: Path, tmp_path: Path) -> None:
    told = run("diag", "--config", config, "--out", tmp_path / "khong-co" / "diag.tar.gz")

    assert told.code == 1
    assert "không có tệp hoặc thư mục này" in told.err
    assert "cách sửa: chọn nơi khác bằng --out" in told.err
