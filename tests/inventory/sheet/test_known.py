from pathlib import Path

from inventory.sheet.known import read_known
from tests.inventory.sheet.conftest import CORE, UNITS

LEVELS = """\
defaults: {policy: chung}
calendars: {rieng: {name: Riêng, hours: {mon: ["07:00-11:00"]}}}
units:
  "21999":
    {name: Xã A, kind: xã, area: qn, defaults: {calendar: rieng}, profiles: {switch: {owner: central}}}
targets:
  21999.switch: {name: a, unit: "21999", profile: switch, address: 10.51.9.1}
  21999.cpe: {name: b, unit: "21999", profile: tslcd-cpe, address: 10.51.9.2}
  21484.cpe: {name: c, unit: "21484", profile: tslcd-cpe, address: 10.51.9.3, owner: central, calendar: 24x7}
"""


def test_what_a_target_inherits_is_what_the_inventory_makes_of_it(tmp_path: Path) -> None:
    for name, text in (("10.yaml", UNITS), ("20.yaml", CORE), ("30.yaml", LEVELS)):
        (tmp_path / name).write_text(text)

    targets = read_known([tmp_path]).targets

    keys = ("owner", "policy", "calendar")
    assert [targets["21999.switch"].get(key) for key in keys] == ["central", "record-only", "rieng"]
    assert [targets["21999.cpe"].get(key) for key in keys] == ["local", "chung", "rieng"]
    assert [targets["21484.cpe"].get(key) for key in keys] == ["central", "record-only", "24x7"]
