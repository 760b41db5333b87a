"""Incidents as CSV: what a spreadsheet would run stays a text."""

import csv
import io
from zoneinfo import ZoneInfo

from monitor.cli.incidents.export import cell, csv_text
from monitor.web.api.shapes import incident_json
from tests.monitor.web.samples import NOW, cut, province

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_no_cell_of_the_csv_is_a_formula() -> None:
    inventory = province(2)
    incident = cut(inventory, 1, next(code for code in inventory.units if code != "core"))
    item = {
        **incident_json(incident, inventory, ZONE, now=NOW),
        "ticket": {"number": "=1+1", "reportedAt": "", "closedAt": None},
    }
    rows = list(csv.DictReader(io.StringIO(csv_text([item]))))

    assert rows[0]["so_phieu"] == "'=1+1"
    for hostile in ("=x", "+x", "-x", "@x", "\tx", "\rx", " =x", "＝x"):
        assert cell(hostile).startswith("'")
    assert (cell(-1.5), cell(None), cell("a=b")) == ("-1.5", "", "a=b")
