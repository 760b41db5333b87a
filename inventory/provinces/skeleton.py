"""The files that a new province begins with: its units, an example of its core, a place for addresses. Pure.

Nothing in them is measured but the monitor's own address: what has no address yet is `equipped: unknown`.
"""

from collections.abc import Mapping

from inventory.areas import area_ids, area_names
from inventory.provinces import Commune, Province
from inventory.sheet.yaml_text import flow, quoted

DEPARTMENTS: Mapping[str, str] = {
    "so-noi-vu": "Sở Nội vụ",
    "so-tai-chinh": "Sở Tài chính",
    "so-xay-dung": "Sở Xây dựng",
    "so-nnmt": "Sở Nông nghiệp và Môi trường",
    "so-khcn": "Sở Khoa học và Công nghệ",
    "so-cong-thuong": "Sở Công Thương",
    "so-tu-phap": "Sở Tư pháp",
    "so-y-te": "Sở Y tế",
    "so-gddt": "Sở Giáo dục và Đào tạo",
    "so-vhttdl": "Sở Văn hóa, Thể thao và Du lịch",
    "so-dtts-tg": "Sở Dân tộc và Tôn giáo",
    "thanh-tra": "Thanh tra tỉnh",
    "bql-kkt": "Ban Quản lý Khu kinh tế",
}
"""The usual 13 departments since 2025, to be confirmed by the province."""

_UNITS_HEAD = """\
# Các xã, phường, đặc khu từ 01/7/2025, mã đơn vị hành chính 5 chữ số. Chỉ mã là duy nhất: tên không dấu có thể trùng.
# area: địa bàn, theo tỉnh cũ. former_names: xã, phường, thị trấn cũ đã sáp nhập (nguồn: inventory/provinces/NOTICE.md).
"""
_DEPARTMENTS_HEAD = """
  # Sở, ban ngành: danh sách thường gặp, sửa cho đúng với tỉnh.
"""
_CORE_HEAD = """\
# Lõi mạng MẪU. Chỉ máy giám sát (127.0.0.1) đang được đo; các đối tượng còn lại chờ địa chỉ thật của tỉnh.
# Cách điền từng đối tượng: bỏ dấu # trước address và ghi địa chỉ thật, rồi đổi equipped: unknown thành equipped: yes
# (hoặc điền vào bảng Excel: tslcd-monitor inventory template).
# anchor: true là mốc. Khi quá nửa số mốc im lặng thì chính máy giám sát bị cô lập, không phải xã nào hỏng.
circuits:
  ttdl-vnpt: {provider: VNPT}
  ttdl-viettel: {provider: Viettel}

targets:
  ttdl-tinh.may-giam-sat:
    name: Máy giám sát (chính máy này)
    unit: ttdl-tinh
    profile: server
    address: 127.0.0.1
  # Chương trình giám sát tự canh mình: đĩa, bộ nhớ, đồng hồ, chứng thư, hàng đợi tin ... Không cần địa chỉ.
  ttdl-tinh.giam-sat:
    name: Hệ thống giám sát (tự canh)
    unit: ttdl-tinh
    profile: monitor
"""
_ADDRESSES = """\
# Kế hoạch địa chỉ. Không bắt buộc: địa chỉ ghi ở từng đối tượng hoặc nhập từ Excel là đủ.
# ranges: các mạng của tỉnh; địa chỉ nằm ngoài là lỗi, và `inventory discover` chỉ tìm trong đó. Ví dụ: [10.51.0.0/16]
# sites: mã đơn vị -> mạng của đơn vị.  hosts: phần sau "<mã đơn vị>." của mã đối tượng -> số máy trong mạng đó.
# Ví dụ: sites: {"21484": 10.51.7.0/24} và hosts: {cpe: 1} thì 21484.cpe có địa chỉ 10.51.7.1.
address_plan:
  ranges: []
  sites: {}
  hosts: {}
"""
_SITES_HEAD = """\
# Ba loại thiết bị mà xã nào cũng có thể có, chưa rõ (unknown) cho tới khi có địa chỉ. Điền cho từng xã bằng Excel
# (tslcd-monitor inventory template, rồi import), hoặc trong phần targets: 21484.cpe: {address: 10.51.7.1, equipped: yes}
# depends_on: mất đường truyền thì switch và điểm cầu phía sau không báo riêng. {code}, {name}: mã và tên đơn vị.
each_unit:"""
_LINE = """\
      "{{code}}.cpe":
        {{name: "Đường truyền TSLCD – {{name}}", profile: tslcd-cpe, depends_on: [{node}], equipped: unknown}}
"""
_BEHIND = """\
      "{code}.switch":
        {name: "Switch mạng nội bộ – {name}", profile: switch, depends_on: ["{code}.cpe"], equipped: unknown}
      "{code}.vcs":
        {name: "Điểm cầu hội nghị – {name}", profile: vcs-endpoint, depends_on: ["{code}.switch"], equipped: unknown}
"""


def skeleton(province: Province, *, with_departments: bool = False) -> dict[str, str]:
    """Return file name -> YAML of a new inventory folder, valid as it is."""
    return {
        "00-don-vi.yaml": _units(province, with_departments=with_departments),
        "10-loi-mang.yaml": _core(province),
        "20-dia-chi.yaml": _ADDRESSES,
        "30-xa.yaml": _sites(province, with_departments=with_departments),
    }


def unit_of(commune: Commune, areas: Mapping[str, str]) -> dict[str, object]:
    """Return the YAML form of a commune; `areas` are those of `area_ids`."""
    return {
        "name": commune.name,
        "kind": commune.kind,
        "area": areas[commune.former_province],
        "former_district": commune.former_district,
        "former_province": commune.former_province,
    }


def section(name: str, entries: Mapping[str, object]) -> str:
    """Return a section, one entry a line."""
    return f"{name}:\n" + "".join(_line(key, entry) for key, entry in entries.items())


def _line(key: str, entry: object) -> str:
    return f"  {quoted(key)}: {flow(entry)}\n"


def _units(province: Province, *, with_departments: bool) -> str:
    ids = area_ids(province)
    units = {}
    for commune in province.communes:
        units[commune.code] = unit_of(commune, ids)
        if commune.former_names:
            units[commune.code]["former_names"] = list(commune.former_names)
    text = _UNITS_HEAD + section("areas", {id_: {"name": name} for id_, name in area_names(province).items()})
    text += "\n" + section("units", units) + "\n  # Cấp tỉnh.\n"
    text += _line("ttdl-tinh", _body("Trung tâm dữ liệu tỉnh", "trung tâm dữ liệu"))
    text += _line("tslcd", _body("Mạng truyền số liệu chuyên dùng cấp tỉnh", "mạng dùng chung"))
    text += _line("nha-mang", _body("Nhà mạng", "nhà mạng"))
    if with_departments:
        text += _DEPARTMENTS_HEAD
        text += "".join(_line(code, _body(name, "sở")) for code, name in DEPARTMENTS.items())
    return text


def _body(name: str, kind: str) -> dict[str, str]:
    return {"name": name, "kind": kind, "area": "province"}


def _core(province: Province) -> str:
    gateway = "ttdl-tinh.gateway"
    text = _CORE_HEAD
    text += _example(gateway, "Cổng mạng Trung tâm dữ liệu tỉnh", "ttdl-tinh", "gateway", "anchor: true")
    for carrier in ("VNPT", "Viettel"):
        text += _example(
            *(f"bien.{carrier.casefold()}", f"Biên nhà mạng {carrier}", "nha-mang", "carrier-edge"),
            *(f"circuit: ttdl-{carrier.casefold()}", "anchor: true", f"depends_on: [{gateway}]"),
        )
    for former, id_ in area_ids(province).items():
        text += _example(
            *(f"tslcd.nut-{id_}", f"Nút TSLCD {former}", "tslcd", "tslcd-node", f"depends_on: [{gateway}]")
        )
    return text


def _sites(province: Province, *, with_departments: bool) -> str:
    text, areas = _SITES_HEAD, area_ids(province)
    for id_ in areas.values():
        text += _template(f"area: [{id_}]", _LINE.format(node=f"tslcd.nut-{id_}"))
    kinds = dict.fromkeys(commune.kind for commune in province.communes)
    text += _template(f"kind: [{', '.join(kinds)}]", _BEHIND)
    if with_departments:
        node = f"tslcd.nut-{next(iter(areas.values()))}"
        text += _template("kind: [sở]", _LINE.format(node=node) + _BEHIND)
    return text


def _template(select: str, targets: str) -> str:
    return f"\n  - select: {{{select}}}\n    targets:\n{targets}"


def _example(target_id: str, name: str, unit: str, profile: str, *more: str) -> str:
    lines = [f"name: {name}", f"unit: {unit}", f"profile: {profile}", *more]
    lines += ["# address: (địa chỉ thật)", "equipped: unknown"]
    return f"\n  {target_id}:\n" + "".join(f"    {line}\n" for line in lines)
