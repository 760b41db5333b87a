"""What everybody may know: words and names; no address, no host name, no person leaves."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.muting.works import Work
from inventory.model import Selector
from monitor.web.api.standing import public_json
from monitor.web.public_status import public_status, public_systems
from monitor.web.view import Shown, Snapshot
from tests.effort import examples
from tests.monitor.web.samples import NOW, cut, incident, province, snapshot_of

PROVINCE = province(communes=4)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def work(title: str = "Nâng cấp thiết bị", *, from_at: float = NOW - 60, unit: str = "21001") -> Work:
    return Work(
        "BT-2026-0001",
        title,
        "lý do nội bộ",
        "VNPT",
        "",
        "Bích Ngọc",
        Selector(units=(unit,)),
        from_at,
        from_at + 3_600,
        from_at + 3_600,
        until_up=False,
    )


def snapshot(**addresses: str) -> Snapshot:
    changed = {
        id_: replace(each, address=addresses.get(id_.replace(".", "_"), each.address))
        for id_, each in PROVINCE.targets.items()
    }
    return snapshot_of(replace(PROVINCE, targets=changed), incidents=[cut(PROVINCE, 1, "21003")])


def test_an_open_matter_is_told_in_words_with_whom_it_concerns() -> None:
    [notice] = public_status(snapshot(), (), {}).notices

    assert notice.title == "Xã Ba Tơ: Mạng TSLCD mất kết nối"
    assert (notice.affects, notice.shown, notice.is_taken) == (("21003",), Shown.DOWN, False)
    assert notice.body == "Hệ thống đã ghi nhận và báo người trực."


def test_who_took_it_is_not_told_only_that_somebody_did() -> None:
    taken = replace(cut(PROVINCE, 1, "21003"), acknowledged_at=NOW, acknowledged_by="Bích Ngọc")
    status = public_status(snapshot_of(PROVINCE, incidents=[taken]), (), {})

    assert status.notices[0].body == "Đang có người xử lý."
    assert "Ngọc" not in str(status)


def test_what_only_carries_others_is_nobodys_business_outside() -> None:
    status = public_status(snapshot_of(PROVINCE, incidents=[incident(1, "core.router/icmp")]), (), {})

    assert status.notices == ()
    assert (
        [each.id for each in status.systems] == ["core.dvc", "core.vneid"] == list(public_systems(PROVINCE))
    )


def test_work_is_told_with_its_time_and_the_commune_says_that_it_rests() -> None:
    status = public_status(snapshot(), (work(), work(from_at=NOW + 86_400, unit="21000")), {})

    assert [(each.is_running, each.affects) for each in status.works] == [
        (True, ("21001",)),
        (False, ("21000",)),
    ]
    assert [each.id for each in status.communes if each.is_in_maintenance] == ["21001"]
    assert "Ngọc" not in str(status)
    assert "nội bộ" not in str(status)


@pytest.mark.parametrize(
    "secret",
    [
        "10.51.7.1",
        "10.51.7.0/24",
        "10.51.7.1:8443",
        "https://noi-bo.tinh.vn/a?b=c",
        "sw1.noi-bo.tinh.vn",
        "fe80::1",
        "2001:db8::17",
        "00:1a:2b:3c:4d:5e",
        "may-chu-mat",
    ],
)
def test_an_address_in_what_people_wrote_is_left_out(secret: str) -> None:
    core = replace(PROVINCE.targets["core.dvc"], name=f"Một cửa ({secret})", address="may-chu-mat")
    land = replace(PROVINCE, targets={**PROVINCE.targets, core.id: core})
    shown = snapshot_of(land, incidents=[incident(1, "core.dvc/icmp")])

    text = json.dumps(public_json(public_status(shown, (work(f"Thay {secret} lúc 08:30"),), {}), ZONE))

    assert secret not in text
    assert "08:30" in text


@given(
    address=st.from_regex(r"[a-z][a-z0-9]{5,12}(\.[a-z]{2,8}){1,3}|10\.\d{1,3}\.2\d\.1\d\d", fullmatch=True),
    before=st.sampled_from(["", "(", "tại ", "IP: "]),
)
@settings(max_examples=examples(40), deadline=None)
def test_no_address_of_the_inventory_ever_leaves(address: str, before: str) -> None:
    line = replace(PROVINCE.targets["21003.cpe"], impact=f"mất {before}{address}", address=address)
    land = replace(PROVINCE, targets={**PROVINCE.targets, line.id: line})
    shown = snapshot_of(land, incidents=[cut(PROVINCE, 1, "21003")])

    assert address not in json.dumps(public_json(public_status(shown, (work(address),), {}), ZONE))
