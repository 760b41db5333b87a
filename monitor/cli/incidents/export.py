"""`incident export`: the incidents of a period as JSON lines or CSV."""

import csv
import io
import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from monitor.cli.client import Client
from monitor.cli.exits import Exit
from monitor.cli.output import Output

Item = Mapping[str, Any]

_COLUMNS: Final[Mapping[str, Callable[[Item], object]]] = {
    "ma": lambda item: item["id"],
    "thuoc": lambda item: item["partOf"],
    "dang_mo": lambda item: "co" if item["open"] else "khong",
    "noi": lambda item: _of(item["unit"], "name"),
    "dia_ban": lambda item: _of(item["unit"], "area"),
    "doi_tuong": lambda item: item["target"]["name"],
    "ma_doi_tuong": lambda item: item["target"]["id"],
    "lop": lambda item: item["layer"],
    "muc_do": lambda item: item["level"],
    "tu": lambda item: item["openedAt"],
    "den": lambda item: item["resolvedAt"],
    "thoi_luong_s": lambda item: item["durationS"],
    "so_lan": lambda item: item["episodes"],
    "dong_vi": lambda item: item["closeReason"],
    "do_duoc": lambda item: item["causeText"],
    "nguyen_nhan": lambda item: _of(item["choice"], "kind"),
    "phia": lambda item: _of(item["choice"], "side"),
    "nguoi_xac_nhan": lambda item: _of(item["choice"], "who"),
    "nguoi_nhan": lambda item: item["ackedBy"],
    "nhan_luc": lambda item: item["ackedAt"],
    "so_phieu": lambda item: _of(item["ticket"], "number"),
    "bao_nha_mang_luc": lambda item: _of(item["ticket"], "reportedAt"),
    "nha_mang_xong_luc": lambda item: _of(item["ticket"], "closedAt"),
    "thiet_bi_phia_sau": lambda item: item["targetsBehind"],
}
# Spreadsheets take the wide ones too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(arguments: Namespace, client: Client, out: Output) -> int:
    """Print what the period has."""
    query = urlencode({"from": arguments.since, "to": arguments.to}, errors="replace")
    answer = client.get("incident-export", query=query)
    if out.is_json:
        out.json(answer)
    elif arguments.format == "csv":
        out.line(csv_text(answer["items"]).rstrip("\n"))
    else:
        for item in answer["items"]:
            out.line(json.dumps(item, ensure_ascii=False, separators=(",", ":")))
    out.note(f"{len(answer['items'])} sự cố")
    return Exit.OK


def csv_text(items: list[dict[str, Any]]) -> str:
    """Write incidents as CSV with a header; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for item in items:
        writer.writerow([cell(read(item)) for read in _COLUMNS.values()])
    return text.getvalue()


def cell(value: object) -> str:
    """Write one cell; what a spreadsheet would run as a formula gets an apostrophe before it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _of(found: Item | None, name: str) -> object:
    return None if found is None else found[name]
