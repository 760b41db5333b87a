"""What is wrong in the section `reported` is told with its line, and in words."""

import pytest

from inventory.loader import load
from inventory.problem import InventoryError
from tests.inventory.conftest import WriteFiles

BASE = """
units: {"21484": {name: Xã Ba Tơ, kind: xã, area: province}}
targets: {21484.cpe: {name: Đường truyền, unit: "21484", profile: tslcd-cpe, address: 10.51.7.1}}
"""
FIGURE = "{printed: 57/96, have: 57, of: 96, on: 2025-09, source: Báo cáo}"


def problems(write: WriteFiles, reported: str) -> str:
    with pytest.raises(InventoryError) as refused:
        load([write(base=BASE, reported=f"reported:\n  may: {reported}\n")])
    return "\n".join(map(str, refused.value.problems))


@pytest.mark.parametrize(
    ("reported", "told"),
    [
        (
            "{name: Máy, profiles: [queue-machin]}",
            "không có mẫu thiết bị (profile) 'queue-machin'; có phải 'queue-machine'?",
        ),
        ("{name: Máy, profile: [kiosk]}", "không có khóa này; có phải 'profiles'?"),
        ("[kiosk]", "reported.may: cần các cặp 'khóa: giá trị', đang là danh sách"),
        (
            f"{{name: Máy, figures: [{FIGURE.replace('have: 57, ', '')}]}}",
            "cần đúng một trong have (số nơi có), without (số nơi chưa có)",
        ),
        (
            f"{{name: Máy, figures: [{FIGURE.replace('have: 57', 'have: 57, without: 39')}]}}",
            "cần đúng một trong have (số nơi có), without (số nơi chưa có)",
        ),
        (
            f"{{name: Máy, figures: [{FIGURE.replace('have: 57', 'have: 97')}]}}",
            "have và without không được lớn hơn of",
        ),
        (
            f"{{name: Máy, figures: [{FIGURE.replace('2025-09', '2025-13')}]}}",
            "cần tháng hoặc ngày, ví dụ 2025-09 hoặc 2025-09-15",
        ),
        (f"{{name: Máy, figures: [{FIGURE.replace('of: 96, ', '')}]}}", "thiếu khóa bắt buộc 'of'"),
    ],
)
def test_says_what_is_wrong_with_a_class(write: WriteFiles, reported: str, told: str) -> None:
    text = problems(write, reported)

    assert "reported.yaml:2: " in text
    assert told in text


def test_a_later_folder_gives_new_figures_and_leaves_the_rest(write: WriteFiles) -> None:
    first = write(
        "a", base=BASE, r=f"reported: {{may: {{name: Máy, profiles: [kiosk], figures: [{FIGURE}]}}}}\n"
    )
    newer = FIGURE.replace("57", "60").replace("2025-09", "2025-12-15")
    second = write("b", r=f"reported: {{may: {{figures: [{newer}]}}}}\n")

    item = load([first, second]).reported["may"]

    assert (item.name, item.profiles) == ("Máy", ("kiosk",))
    assert [(figure.have, figure.on) for figure in item.figures] == [(60, "2025-12-15")]
