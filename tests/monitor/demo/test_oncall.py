"""The people on duty of the demo: the file is right, nobody in it is real, and no hour is without somebody."""

from pathlib import Path

from alerts.oncall.rota import gaps
from monitor.demo.folder import write_private
from monitor.demo.run import ON_CALL
from monitor.duty.oncall_file import read_oncall
from monitor.settings.settings import load_settings

NOW = 1_795_392_000.0
YEAR_S = 365 * 86_400.0
SETTINGS = """\
province: Tỉnh Thử
inventory: [danh-muc]
state_dir: state
email: {host: 127.0.0.1, port: 25, security: none, sender: a@demo.invalid}
"""


def test_the_people_are_made_up_and_somebody_is_always_on_duty(tmp_path: Path) -> None:
    copied, config = tmp_path / "oncall.yaml", tmp_path / "giam-sat.yaml"
    write_private(copied, ON_CALL.read_text(encoding="utf-8"))
    config.write_text(SETTINGS, encoding="utf-8")

    read = read_oncall(copied, load_settings(config))

    assert not read.problems
    assert all(each.phone.startswith("0900 000 0") for each in read.directory.contacts.values() if each.phone)
    addresses = [each.address for of in read.directory.contacts.values() for each in of.addresses]
    assert addresses
    assert all(each.endswith("@demo.invalid") for each in addresses), "nobody else's mailbox"
    for rota in read.directory.rotas.values():
        assert not gaps(rota, NOW, NOW + YEAR_S)
