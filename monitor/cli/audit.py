"""`audit`: who did what, when, from where."""

from argparse import Namespace
from typing import Any, Final
from urllib.parse import urlencode

from monitor.cli.client import Client, open_client
from monitor.cli.exits import Exit
from monitor.cli.output import Output, Row
from monitor.cli.times import exact

_AT_ONCE: Final = 500
_FILTERS: Final = ("who", "action", "text", "since", "until")


def run(arguments: Namespace, out: Output) -> int:
    """Print entries, the latest first."""
    answer = _entries(arguments, open_client(arguments))
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows: list[Row] = [
        [
            exact(item["at"]),
            item["who"] or "–",
            item["source"] or "–",
            item["actionText"],
            item["detail"] or "–",
        ]
        for item in answer["items"]
    ]
    out.table(("LÚC", "AI", "TỪ ĐÂU", "VIỆC", "CHI TIẾT"), rows)
    return Exit.OK


def _entries(arguments: Namespace, client: Client) -> dict[str, Any]:
    """Return as many entries as are wanted, page after page."""
    asked = {name: getattr(arguments, name) for name in _FILTERS if getattr(arguments, name)}
    left, cursor, items, answer = max(1, arguments.limit), "", [], {}
    while left > 0:
        place = {"cursor": cursor} if cursor else {}
        answer = client.get("audit", query=urlencode({**asked, **place, "limit": min(left, _AT_ONCE)}))
        items += answer["items"]
        left -= len(answer["items"])
        cursor = answer["next"] or ""
        if not cursor:
            break
    return {**answer, "items": items}
