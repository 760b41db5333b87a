"""`inventory audit`: who did what to the inventory."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import HOWS, person_of
from monitor.cli.output import Output
from monitor.cli.times import exact

_ACTIONS = {
    **HOWS,
    "start_from_version": "khởi động bằng bản lưu",
    "refused": "từ chối",
    "waiting": "chờ người quyết định",
}


def run(arguments: Namespace, out: Output) -> int:
    """Print the audit log, the latest first."""
    answer = open_client(arguments).get("audit", query=f"limit={max(1, arguments.limit)}")
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows = [
        [
            exact(item["at"]),
            person_of(item["who"], _ACTIONS.get(item["action"], item["action"])) or "–",
            _ACTIONS.get(item["action"], item["action"]),
            item["digest"][:12] or "–",
            item["detail"] or "–",
        ]
        for item in answer["items"]
    ]
    out.table(("LÚC", "AI", "VIỆC", "MÃ BĂM", "CHI TIẾT"), rows)
    return Exit.OK
