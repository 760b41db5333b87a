import unicodedata
from functools import partial

import pytest

from alerts.oncall.model import Address, Directory
from alerts.oncall.parsing import parse_oncall
from inventory.files.reader import compose
from monitor.settings.addresses import address_fault

GOOD = """\
people:
  ngoc: {name: Bích Ngọc, role: Trực chính, phone: 0912 345 678, tell: {zalo_bot: a1b2, email: ngoc@tinh.example}}
  an: {name: A Thiu, tell: {email: an@tinh.example}, language: en}
groups:
  to-truc: {name: Tổ trực, tell: {zalo_bot: 9f9f}, sees_contacts: false}
rotas:
  csht:
    name: Trực hạ tầng
    shifts:
      - {name: Ca ngày, hours: 07:30-19:30, people: [ngoc, an], since: 2026-11-23}
      - {name: Ca đêm, hours: 19:30-07:30, people: [an, ngoc], since: 2026-11-23, turn_days: 7, days: T2-T6}
    leave:
      - {person: ngoc, from: 2026-12-01, to: 2026-12-05}
"""
CHANNELS = ("email", "zalo_bot", "file")


def read(text: str) -> tuple[Directory, list[str]]:
    found = parse_oncall(
        compose("truc.yaml", text.encode()),
        channels=CHANNELS,
        zone="Asia/Ho_Chi_Minh",
        fault_of=partial(address_fault, None),
    )
    return found.directory, [str(problem) for problem in found.problems]


def test_people_groups_and_rotas_are_read() -> None:
    directory, problems = read(GOOD)

    assert problems == []
    ngoc = directory.contacts["ngoc"]
    assert ngoc.addresses == (Address("zalo_bot", "a1b2"), Address("email", "ngoc@tinh.example"))
    assert (ngoc.phone, ngoc.is_group, directory.contacts["to-truc"].is_group) == (
        "0912 345 678",
        False,
        True,
    )
    night = directory.rotas["csht"].shifts[1]
    assert (night.from_minute, night.to_minute, night.turn_days) == (1170, 450, 7)
    assert night.weekdays == frozenset(range(5))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("email: an@tinh", "emial: an@tinh"),
            "truc.yaml:3: people.an.tell.emial: không có kênh 'emial'; có phải 'email'?",
        ),
        (
            ("an@tinh.example", "A Thiu <an@tinh.example>"),
            (
                "truc.yaml:3: people.an.tell.email: không phải địa chỉ thư điện tử; chỉ viết địa chỉ, ví dụ "
                "truc@example.gov.vn"
            ),
        ),
        (
            ("[an, ngoc]", "[an, ngo]"),
            "truc.yaml:11: rotas.csht.shifts[1].people[1]: không có người mã 'ngo'; có phải 'ngoc'?",
        ),
        (
            ("person: ngoc", "person: chi"),
            "truc.yaml:13: rotas.csht.leave[0].person: không có người mã 'chi'; thêm người này vào people",
        ),
        (
            ("  to-truc: {", "  an: {"),
            "truc.yaml:5: groups.an: mã 'an' đã dùng ở people; đổi mã của người hoặc của nhóm",
        ),
        (
            ("07:30-19:30", "7h30 đến 19h30"),
            "truc.yaml:10: rotas.csht.shifts[0].hours: ca trực viết như 07:30-19:30, qua đêm như 19:30-07:30",
        ),
        (
            ("to: 2026-12-05", "to: 2026-11-05"),
            "truc.yaml:13: rotas.csht.leave[0]: kết thúc (to) phải sau khi bắt đầu (from)",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(change: tuple[str, str], told: str) -> None:
    _, problems = read(GOOD.replace(*change))

    assert problems == [told]
    assert unicodedata.is_normalized("NFC", told)


def test_what_it_says_of_people_is_not_repeated() -> None:
    _, problems = read(
        GOOD.replace("phone: 0912 345 678", "phone: chín một hai").replace("name: A Thiu", "nam: A Thiu")
    )

    assert len(problems) >= 2
    assert not any("chín một hai" in each or "A Thiu" in each for each in problems)


def test_a_contact_shows_no_number_in_a_log() -> None:
    directory, _ = read(GOOD)

    shown = repr(directory.contacts["ngoc"])
    assert "0912" not in shown
    assert "ngoc@" not in shown


def test_a_chat_that_commands_come_from_is_one_persons_and_a_mailbox_may_be_shared() -> None:
    _, problems = read(
        "people:\n"
        "  ngoc: {name: Ngọc, tell: {zalo_bot: a1b2, email: truc@tinh.example}}\n"
        "  an: {name: An, tell: {zalo_bot: a1b2, email: truc@tinh.example}}\n"
        "groups: {to-truc: {name: Tổ trực, tell: {zalo_bot: a1b2}}}\n"
    )

    assert len(problems) == 2
    assert "people.an.tell.zalo_bot: địa chỉ này đã ghi cho 'ngoc'" in problems[0]
    assert "groups.to-truc.tell.zalo_bot" in problems[1]
    assert all("a1b2" not in problem for problem in problems)
