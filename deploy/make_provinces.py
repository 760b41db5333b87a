"""Make inventory/provinces/*.json: the communes of all 34 provinces. Run by hand when the official list changes.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install vietnam-provinces==2025.10.1 vietnamadminunits==1.0.4
    /tmp/v/bin/python deploy/make_provinces.py inventory/provinces

Where what comes from (the same is told in inventory/provinces/NOTICE.md):
- vietnamadminunits 1.0.4 (MIT, Tran Ngoc Minh Hieu): names, former provinces, districts and communes.
- vietnam-provinces 2025.10.1 (GPL-3.0-or-later, Nguyễn Hồng Quân; data of 2025-10-18): the official codes of Quyết định
  19/2025/QĐ-TTg as last corrected, 113 of which the former has not. Only these numbers are taken, no text and no code: a
  legal document's content is nobody's property (Luật Sở hữu trí tuệ, Điều 15).
"""  # noqa: INP001 (a script, not a package)

import json
import sqlite3
import sys
import unicodedata
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = "vietnam-provinces 2025.10.1 (data 2025-10-18), vietnamadminunits 1.0.4; see NOTICE.md"
KINDS = ("đặc khu", "phường", "xã")
PROVINCES, COMMUNES = 34, 3_321
SPELLINGS = {"Phường Đăk Bla": "Phường Đăk BLa"}
"""As the province itself writes them."""


class Old(NamedTuple):
    """A commune before the mergers, or an island district that had none."""

    name: str
    district: str
    province: str


def plain(name: str) -> str:
    """Return a name in NFC with single spaces, and one kind each of dash and apostrophe."""
    return " ".join(unicodedata.normalize("NFC", name).replace("–", "-").replace("’", "'").split())


def folded(name: str) -> str:
    """Return a name without marks: sources place tones differently ("Hoà", "Hòa")."""
    split = unicodedata.normalize("NFD", plain(name).casefold().replace("đ", "d"))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def official_codes(names: list[str], wards: list[dict[str, Any]]) -> dict[str, str]:
    """Return name -> code for one province: by the same text, what is left by the text without marks."""
    codes = {plain(ward["name"]): f"{ward['code']:05}" for ward in wards}
    found = {name: codes.pop(name) for name in names if name in codes}
    left = {folded(name): code for name, code in codes.items()}
    if len(left) != len(codes):
        raise ValueError(f"two names are alike: {sorted(codes)}")
    for name in names:
        if name not in found:
            found[name] = left.pop(folded(name))
    if left:
        raise ValueError(f"codes without a name: {left}")
    return found


def former(name: str, code: str, olds: list[Old], by_code: dict[str, Old]) -> tuple[str, str, list[str]]:
    """Return former province, former district and former communes.

    The district is that of the old commune that had the code, when it is one of those merged; else the commonest.
    """
    heir = by_code.get(code)
    if heir is None or (olds and heir not in olds):
        seats = Counter((old.province, old.district) for old in olds)
        province, district = seats.most_common(1)[0][0]
    else:
        province, district = heir.province, heir.district
    names = dict.fromkeys(old.name for old in olds if old.name != name)
    return province, district, list(names)


def main(folder: Path) -> None:
    """Write one file a province."""
    p1 = import_module("vietnam_provinces")
    data = Path(str(import_module("vietnamadminunits").__file__)).parent / "data"
    official = json.loads(p1.NESTED_DIVISIONS_JSON_PATH.read_text(encoding="utf-8"))
    merged = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    with sqlite3.connect(data / "dataset.db") as database:
        old_rows = database.execute(
            "select provinceKey || '_' || districtKey || '_' || coalesce(wardKey, ''), coalesce(wardCode, ''),"
            " coalesce(ward, district), district, provinceShort from admin_units_legacy"
        ).fetchall()
        new_rows = database.execute(
            "select provinceCode, provinceShort, provinceKey, wardKey, ward from admin_units"
        ).fetchall()
    by_key = {key: Old(plain(name), plain(seat), plain(area)) for key, _, name, seat, area in old_rows}
    by_code = {code: Old(plain(name), plain(seat), plain(area)) for _, code, name, seat, area in old_rows}
    total = 0
    for province in official:
        rows = [row for row in new_rows if int(row[0]) == province["code"]]
        codes = official_codes([plain(row[4]) for row in rows], province["wards"])
        province_key = rows[0][2]
        whole = merged["DICT_PROVINCE_WARD_NO_DIVIDED"].get(province_key, {})
        parts = merged["DICT_PROVINCE_WARD_DIVIDED"].get(province_key, {})
        communes = []
        for *_, ward_key, ward in rows:
            name = SPELLINGS.get(plain(ward), plain(ward))
            keys = whole.get(ward_key, []) + [
                old for old, into in parts.items() if any(part["newWardKey"] == ward_key for part in into)
            ]
            olds = [by_key[key] for key in keys if key in by_key]
            code = codes[plain(ward)]
            kind = next(kind for kind in KINDS if name.casefold().startswith(kind))
            communes.append([code, name, kind, *former(name, code, olds, by_code)])
        communes.sort()
        total += len(communes)
        is_city = province["division_type"].startswith("thành phố")
        write(
            folder, f"{province['code']:02}", plain(rows[0][1]), "thành phố" if is_city else "tỉnh", communes
        )
    if (len(official), total) != (PROVINCES, COMMUNES):
        raise ValueError(f"{len(official)} provinces, {total} communes")


def write(folder: Path, code: str, name: str, kind: str, communes: list[list[Any]]) -> None:
    """Write one province, one commune a line."""
    head = {"code": code, "name": name, "kind": kind, "source": SOURCE}
    lines = ",\n".join("  " + json.dumps(commune, ensure_ascii=False) for commune in communes)
    text = json.dumps(head, ensure_ascii=False)[:-1] + f', "communes": [\n{lines}\n]}}\n'
    (folder / f"{code}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
