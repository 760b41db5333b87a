"""`inventory versions`: what was in force, and can be again."""

from argparse import Namespace

from alerts.messages import words
from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import HOWS, person_of
from monitor.cli.output import Cell, Output
from monitor.cli.times import moment


def run(arguments: Namespace, out: Output) -> int:
    """Print the stored versions, the latest first."""
    answer = open_client(arguments).get("inventory", "versions")
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows = [
        [
            str(item["version"]),
            Cell("đang dùng" + (", ghim" if item["pinned"] else ""), "up") if item["inForce"] else "",
            moment(item["at"], as_of=answer["asOf"]),
            person_of(item["who"], HOWS.get(item["how"], item["how"])) or "–",
            HOWS.get(item["how"], item["how"]),
            words.number(item["counts"].get("watched", 0)),
            words.number(item["counts"].get("checks", 0)),
            item["digest"][:12],
        ]
        for item in answer["items"]
    ]
    out.table(("BẢN", "", "TỪ", "AI", "CÁCH", "GIÁM SÁT", "PHÉP ĐO", "MÃ BĂM"), rows)
    out.note("So với bản đang dùng: tslcd-monitor inventory diff --version SỐ")
    return Exit.OK
