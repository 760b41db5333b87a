"""What the workbooks hold: the form to fill in, and everything that the inventory says. Pure."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from inventory.model import Equipped, Owner
from inventory.names import sort_key
from inventory.schema import UnitForm
from inventory.sheet.cells import csv_field
from inventory.sheet.columns import (
    CIRCUITS,
    DEVICES,
    EQUIPPED_WORDS,
    FACTORS,
    GUIDE_TITLE,
    OWNER_WORDS,
    PREFILLED,
    PROFILE_WORDS,
    Column,
    profile_label,
    role_of,
)
from inventory.sheet.drafts import Question
from inventory.sheet.known import Known, Value, Values
from inventory.sheet.writing import Content, Page, workbook

DEFAULT_PROFILES: Final = ("tslcd-cpe", "switch", "vcs-endpoint")
_COMMUNE_KINDS: Final = ("xã", "phường", "đặc khu")
_FROZEN_COLUMNS: Final = 2
_QUESTION_HEADINGS: Final = ("Trang tính", "Dòng", "Ô", "Cột", "Đang ghi", "Câu hỏi", "Gợi ý")
_BOM: Final = "\ufeff"
"""Tells Excel that a CSV file is UTF-8."""
_STEPS: Final = (
    (
        "Bước 1",
        "Trang «Thiết bị»: điền các ô trắng của từng dòng. Cột xám đã điền sẵn, thường không cần sửa.",
    ),
    (
        "Bước 2",
        "Không có thiết bị thì ghi «không»; chưa biết thì để nguyên cả dòng (hiểu là chưa rõ). Đừng xóa dòng, đừng đoán.",
    ),
    ("Bước 3", "Trang «Đường truyền»: mỗi kênh thuê một dòng, rồi ghi mã của nó vào cột «Mã đường truyền»."),
    ("Bước 4", "Lưu, rồi xem thử: tslcd-monitor inventory import TỆP.xlsx --dry-run"),
    (
        "Bước 5",
        "Nhập: tslcd-monitor inventory import TỆP.xlsx. Dòng chưa rõ nằm trong TỆP-can-xem.csv, sửa rồi nhập lại.",
    ),
    (
        "Thêm thiết bị",
        "Chép một dòng xuống cuối và sửa; hai thiết bị cùng loại ở một xã cần hai mã đối tượng khác nhau.",
    ),
    ("Ô để trống", "Danh mục đang có gì thì giữ nguyên; muốn xóa một giá trị thì sửa tệp YAML."),
    ("Công thức", "Không nhận ô công thức (=...): chép, rồi dán giá trị (Paste values)."),
)


def template(
    known: Known,
    profiles: Sequence[str],
    *,
    created_at: datetime,
    policies: Sequence[str] = (),
    by_area: bool = False,
    all_units: bool = False,
) -> bytes:
    """Return the form: a row for each commune (or each unit) and profile, in dictionary order or area by area."""
    codes = _ordered_units(known.units, list(known.areas) if by_area else None)
    communes = [code for code in codes if known.units[code].kind.casefold() in _COMMUNE_KINDS]
    chosen = codes if all_units or not communes else communes
    rows = [
        _device_row({"unit_name": known.units[code].name, **values}, target_id)
        for code in chosen
        for profile in profiles
        for target_id, values in _prefilled(known, code, profile)
    ]
    pages = [_device_page(rows, known, policies, prefilled=PREFILLED), _circuit_page([], known)]
    return workbook(pages, (GUIDE_TITLE, _guide()), created_at=created_at)


def export_workbook(known: Known, *, created_at: datetime, policies: Sequence[str] = ()) -> bytes:
    """Return all targets and circuits as a workbook; importing it changes nothing."""
    circuits = [
        [_circuit_content(id_, values, column.key) for column in CIRCUITS.columns]
        for id_, values in sorted(known.circuits.items())
    ]
    pages = [_device_page(_target_rows(known), known, policies), _circuit_page(circuits, known)]
    return workbook(pages, (GUIDE_TITLE, _guide()), created_at=created_at)


def export_csv(known: Known) -> bytes:
    """Return all targets as CSV for Excel (UTF-8 with BOM); circuits need a workbook."""
    header = [column.heading for column in DEVICES.columns]
    return _csv([header, *([str(content) for content in row] for row in _target_rows(known))])


def questions_csv(questions: Iterable[Question]) -> bytes:
    """Return the review list as CSV for Excel."""
    rows = [
        [q.sheet, str(q.row), q.cell, q.heading, q.value, q.question, "; ".join(q.candidates)]
        for q in questions
    ]
    return _csv([_QUESTION_HEADINGS, *rows])


def is_questions_csv(content: bytes) -> bool:
    """Whether this is a review list of ours, also as Excel saved it again."""
    first = content.decode("utf-8-sig", "replace").partition("\n")[0]
    return re.split("[,;\t]", first.rstrip("\r")) == list(_QUESTION_HEADINGS)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([csv_field(text) for text in row] for row in rows)
    return (_BOM + buffer.getvalue()).encode()


def _ordered_units(units: Mapping[str, UnitForm], areas: Sequence[str] | None) -> list[str]:
    """Return the codes in dictionary order of the names, within the areas in their order when those are given."""

    def rank(code: str) -> int:
        area = units[code].area
        return areas.index(area) if areas and area in areas else len(areas or ())

    return sorted(units, key=lambda code: (rank(code), sort_key(units[code].name), code))


def _prefilled(known: Known, code: str, profile: str) -> list[tuple[str, Values]]:
    """Return id and first values of the unit's targets of this profile, or of the one that is proposed."""
    same = [
        (target_id, values)
        for target_id, values in known.targets.items()
        if values.get("unit") == code and values.get("profile") == profile
    ]
    if not same:
        name = f"{PROFILE_WORDS.get(profile, profile)} – {known.units[code].name}"
        return [(f"{code}.{role_of(profile)}", {"unit": code, "profile": profile, "name": name})]
    return [
        (target_id, {key: values[key] for key in ("unit", "profile", "name")}) for target_id, values in same
    ]


def _target_rows(known: Known) -> list[list[Content]]:
    order = {code: number for number, code in enumerate(_ordered_units(known.units, list(known.areas)))}
    targets = sorted(
        known.targets.items(), key=lambda item: (order.get(str(item[1].get("unit")), len(order)), item[0])
    )
    return [
        _device_row({"unit_name": _unit_name(known, values), **values}, target_id)
        for target_id, values in targets
    ]


def _unit_name(known: Known, values: Values) -> str:
    unit = known.units.get(str(values.get("unit")))
    return unit.name if unit else ""


def _device_row(values: Values, target_id: str) -> list[Content]:
    shown: dict[str, Callable[[str], str]] = {
        "profile": profile_label,
        "equipped": lambda value: EQUIPPED_WORDS[Equipped(value)],
        "owner": lambda value: OWNER_WORDS[Owner(value)],
    }
    row: list[Content] = []
    for column in DEVICES.columns:
        value: Value = target_id if column.key == "id" else values.get(column.key, "")
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
        row.append(shown[column.key](text) if column.key in shown and text else text)
    return row


def _circuit_content(id_: str, values: Values, key: str) -> Content:
    if key == "circuit_id":
        return id_
    value = values.get(key, "")
    if isinstance(value, (int, float)):
        return float(f"{value / FACTORS[key]:.12g}")
    return value if isinstance(value, str) else ""


def _device_page(
    rows: Sequence[Sequence[Content]],
    known: Known,
    policies: Sequence[str],
    *,
    prefilled: frozenset[str] = frozenset(),
) -> Page:
    codes = _ordered_units(known.units, None)
    calendars = [f"{name} ({key})" if name != key else key for key, name in known.calendars.items()]
    choices: dict[str, Sequence[str] | Column] = {
        "unit": sorted(known.units),
        "unit_name": [known.units[code].name for code in codes],
        "profile": [profile_label(profile) for profile in known.profiles],
        "equipped": list(EQUIPPED_WORDS.values()),
        "calendar": calendars,
        "policy": list(policies),
        "owner": list(OWNER_WORDS.values()),
        "circuit": CIRCUITS.columns[0],
    }
    return Page(DEVICES, rows, choices, _FROZEN_COLUMNS, prefilled)


def _circuit_page(rows: Sequence[Sequence[Content]], known: Known) -> Page:
    providers = {str(values["provider"]) for values in known.circuits.values() if "provider" in values}
    return Page(CIRCUITS, rows, {"provider": sorted({"VNPT", "Viettel", "MobiFone", "FPT"} | providers)}, 1)


def _guide() -> list[tuple[str, str]]:
    columns = [
        (f"{table.title}: {column.heading}", column.meaning)
        for table in (DEVICES, CIRCUITS)
        for column in table.columns
    ]
    return [*_STEPS, ("", ""), *columns]
