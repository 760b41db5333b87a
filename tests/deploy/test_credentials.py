"""Which files of the secrets' folder systemd itself refuses: what check-config tells of them is what happens."""

from pathlib import Path

from monitor.credential_files import refused_credentials
from tests.deploy.machine import booted

FILES = {
    "thu": 1,
    "OK.Name": 1,
    "mat khau": 1,
    "mật-khẩu": 1,
    "a:b": 1,
    "a\tb": 1,
    "x" * 249: 1,
    "x" * 250: 1,
    ".ẩn": 1,
    "duoi/thu": 1,
    "dưới/thu": 1,
    ".dưới/thư": 1,
    "vua-du": 1_048_000,
    "qua-lon": 1_048_576,
}
"""Name -> bytes."""
TRY = "systemd-run --wait -q -p LoadCredential=tslcd:/etc/creds /bin/true"


def test_systemd_refuses_what_we_tell_and_nothing_else(tmp_path: Path) -> None:
    seen = {}
    with booted(tmp_path) as machine:
        for name, size in FILES.items():
            folder = f"/etc/creds/{Path(name).parent}"
            machine.must(f"rm -rf /etc/creds && mkdir -p -m 0700 '{folder}'")
            machine.write(f"/etc/creds/{name}", "x" * size, mode="0600")
            seen[name] = machine.run(TRY).code
    told = {}
    for number, (name, size) in enumerate(FILES.items()):
        path = tmp_path / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_text("x" * size)
        told[name] = 243 if list(refused_credentials(tmp_path / str(number))) else 0

    assert seen == told
    assert set(told.values()) == {0, 243}
