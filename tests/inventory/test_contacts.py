"""The people's file: read, refused when open, and never quoted."""

from pathlib import Path

import pytest

from inventory.contacts import Contacts, PersonForm, parse_contacts, read_contacts
from inventory.files.reader import compose

UNITS = {"21484": "Xã Ba Tơ", "21523": "Xã Ba Tô"}
GOOD = """\
contacts:
  "21484":
  - {name: Nguyễn Văn A, role: CNTT, phone: "0912 345 678", email: a@example.vn, zalo: 0912345678}
  - {name: Trần Thị B}
  21523: []
"""


def told(text: str) -> list[str]:
    return [str(problem) for problem in parse_contacts(compose("d.yaml", text.encode()), UNITS).problems]


def test_tells_the_people_of_a_unit() -> None:
    contacts = parse_contacts(compose("d.yaml", GOOD.encode()), UNITS)

    assert contacts.problems == ()
    assert [(p.name, p.phone, p.zalo) for p in contacts.contacts_of("21484")] == [
        ("Nguyễn Văn A", "0912 345 678", "0912345678"),
        ("Trần Thị B", "", ""),
    ]
    assert contacts.contacts_of("21523") == ()
    assert contacts.contacts_of("99999") == ()


def test_shows_nothing_of_a_person_by_accident() -> None:
    contacts = parse_contacts(compose("d.yaml", GOOD.encode()), UNITS)

    for text in (repr(contacts), str(contacts), repr(contacts.contacts_of("21484")), f"{contacts.people}"):
        assert "Nguyễn" not in text
        assert "0912" not in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "contacts: {21485: []}",
            "d.yaml:1: contacts.21485: không có đơn vị mã này; có phải '21484' (Xã Ba Tơ)?",
        ),
        (
            "contacts: {Xã Ba Tơ: []}",
            "d.yaml:1: contacts.…: không có đơn vị mã này; ghi mã đơn vị: '21484' (Xã Ba Tơ)",
        ),
        (
            "contacts: {21484: {name: BÍ MẬT}}",
            "d.yaml:1: contacts.21484: cần danh sách người; mỗi người một mục, bắt đầu bằng '- name:'",
        ),
        ("contacts: [BÍ MẬT]", "d.yaml:1: contacts: cần các cặp 'mã đơn vị: danh sách người'"),
        ("contact: {}", "d.yaml:1: contact: không có khóa này; chỉ có một khóa: contacts"),
        (
            "contacts:\n  21484:\n  - {name: BÍ MẬT, phone: BÍ MẬT}",
            'd.yaml:3: contacts.21484[0].phone: không phải số điện thoại; viết như "0912 345 678"',
        ),
        (
            "contacts: {21484: [{name: A}, {name: B, email: BÍ MẬT}]}",
            (
                "d.yaml:1: contacts.21484[1].email: không phải địa chỉ thư điện tử; "
                "chỉ viết địa chỉ, ví dụ truc@example.gov.vn"
            ),
        ),
        ("contacts: {21484: [{name: 912345678}]}", "d.yaml:1: contacts.21484[0].name: cần chữ"),
        (
            "contacts: {21484: [{name: A, phnoe: BÍ MẬT}]}",
            "d.yaml:1: contacts.21484[0].phnoe: không có khóa này; có phải 'phone'?",
        ),
        (
            "contacts: {21484: [{name: A, BÍ MẬT: 1}]}",
            "d.yaml:1: contacts.21484[0].…: không có khóa này; các khóa có thể dùng: name, role, phone, email, zalo",
        ),
        (
            "contacts: {21484: [{BÍ MẬT: 1, BÍ MẬT: 2, name: A}]}",
            "d.yaml:1: contacts.21484[0].…: khóa '…' viết hai lần (lần đầu ở dòng 1); xóa một trong hai",
        ),
        (
            "contacts: {21484: [{name: !BI MẬT}]}",
            "d.yaml:1: contacts.21484[0].name: không dùng thẻ '…'; bỏ thẻ, viết giá trị bình thường",
        ),
        (
            "contacts: {21484: [{name: A, H'BÍ MẬT: 1, H'BÍ MẬT: 2}]}",
            "d.yaml:1: contacts.21484[0].…: khóa '…' viết hai lần (lần đầu ở dòng 1); xóa một trong hai",
        ),
        (
            'contacts: {21484: [{name: A, "A [BÍ MẬT]": 1}]}',
            "d.yaml:1: contacts.21484[0].…: không có khóa này; các khóa có thể dùng: name, role, phone, email, zalo",
        ),
        ("BÍ MẬT: 1", "d.yaml:1: …: không có khóa này; chỉ có một khóa: contacts"),
        (
            "contacts: {21484: [{role: x}]}",
            "d.yaml:1: contacts.21484[0].name: thiếu khóa bắt buộc 'name'; thêm name: ...",
        ),
    ],
)
def test_says_what_is_wrong_and_quotes_nobody(text: str, problem: str) -> None:
    found = told(text)

    assert problem in found
    assert "MẬT" not in "".join(found)


def test_one_wrong_entry_does_not_hide_the_others() -> None:
    contacts = parse_contacts(compose("d.yaml", b"contacts: {21484: [{name: A}], 21523: [{}]}"), UNITS)

    assert len(contacts.problems) == 1
    assert contacts.contacts_of("21484") == (PersonForm(name="A"),)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601, 0o660, 0o650, 0o777])
def test_refuses_a_file_that_others_may_read_or_a_group_may_change(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "danh-ba.yaml"
    file.write_text(GOOD)
    file.chmod(mode)

    read = read_contacts(file, UNITS)

    assert read == Contacts(problems=read.problems)
    assert [str(problem) for problem in read.problems] == [
        f"{file}:1: người ngoài đọc hoặc sửa được danh bạ (quyền {mode:04o}); chạy chmod 640 {file}"
    ]


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o400])
def test_reads_a_file_of_the_service(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "danh-ba.yaml"
    file.write_text(GOOD)
    file.chmod(mode)

    assert len(read_contacts(file, UNITS).contacts_of("21484")) == 2


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "không có tệp này" in str(read_contacts(tmp_path / "danh-ba.yaml", UNITS).problems[0])


def test_codes_are_not_checked_without_an_inventory() -> None:
    assert parse_contacts(compose("d.yaml", b"contacts: {anything: []}"), None).problems == ()
