"""The evidence pack of one incident: whole, checkable, the same each time, and nobody's telephone number in it."""

import csv
import hashlib
import io
import json
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages import words
from alerts.messages.group_facts import common_text
from alerts.model.checks import Blindness, Status, Transition
from alerts.model.incident import CloseReason, Common, Dimension, IncidentEvent, LogKind
from inventory.sheet.cells import FORMULA_STARTS
from monitor.report.evidence import gathering, neighbours, wording
from monitor.report.evidence.masking import masked_recipient, masked_text
from monitor.report.evidence.model import Evidence
from monitor.report.evidence.packing import pack
from monitor.series.reading import results_between
from monitor.storage.opening import open_reader
from tests.effort import examples
from tests.monitor.report.evidence.land import (
    ANCHOR,
    BEGIN,
    CHECK,
    END,
    GROUP,
    NOW,
    ONE,
    PHONE,
    Land,
    build,
)

HALF_AN_HOUR = 1_800


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    return build(tmp_path_factory.mktemp("land"))


def of(land: Land, incident_id: str, *, now: float = NOW) -> Evidence:
    found = land.evidence(incident_id, now=now)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def files(land: Land) -> dict[str, bytes]:
    return files_of(pack(of(land, ONE.id)))


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def test_every_result_is_there_as_the_series_say_with_every_round_trip(
    land: Land, files: dict[str, bytes]
) -> None:
    with closing(open_reader(land.measured)) as connection:
        known = results_between(connection, CHECK, from_at=BEGIN - HALF_AN_HOUR, until_at=END + HALF_AN_HOUR)
    written = rows(files["mau-do/21484.cpe-icmp.csv"])

    assert len(known) == 120
    assert [float(row["started_unix_s"]) for row in written] == [each.started_at for each in known]
    for row, each in zip(written, known, strict=True):
        assert datetime.fromisoformat(row["started_at"]).timestamp() == pytest.approx(
            each.started_at, abs=1e-3
        )
        assert row["ok"] == str(int(each.reading.ok))
        assert row["reason"] == (each.reading.reason or "")
        assert row["detail"] == each.reading.detail
        assert float(row["duration_s"]) == each.duration_s
        trips = [row[f"rtt_{number}_s"] for number in (1, 2)]
        assert tuple(float(trip) if trip else None for trip in trips) == each.reading.rtts_s
        assert int(row["rtts"]) == len(each.reading.rtts_s)
        assert {name: float(row[name]) for name in each.reading.metrics} == dict(each.reading.metrics)


def test_anybody_can_check_that_nothing_was_changed(land: Land, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pack(of(land, ONE.id)))) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / ONE.id
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    named = {line.partition("  ")[2] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert named == there - {"SHA256SUMS"}
    (folder / "dien-bien.csv").write_text("khác")
    again = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert again.returncode == 1


def test_the_manifest_says_what_is_there_of_which_time_and_by_whom(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])

    assert (manifest["schema"], manifest["incident"], manifest["toldBy"]) == ("evidence/1", ONE.id, GROUP.id)
    assert manifest["from"] == "2025-03-10T01:30:00.000+07:00"
    assert manifest["until"] == "2025-03-10T03:30:00.000+07:00"
    assert manifest["inventoryThen"] == "cd" * 32
    assert len(manifest["inventory"]) == 64
    assert manifest["samples"] == [
        {"check": CHECK, "file": "mau-do/21484.cpe-icmp.csv", "results": 120, "failed": 60}
    ]
    for each in manifest["files"]:
        assert each["sha256"] == hashlib.sha256(files[each["name"]]).hexdigest()
        assert each["bytes"] == len(files[each["name"]])


def test_the_same_at_the_same_moment_gives_the_same_bytes(land: Land) -> None:
    assert pack(of(land, ONE.id)) == pack(of(land, ONE.id))
    assert pack(of(land, ONE.id)) != pack(of(land, ONE.id, now=NOW + 1))


def test_what_else_was_watched_proves_that_the_monitor_was_not_blind(
    land: Land, files: dict[str, bytes]
) -> None:
    found = {row["check_id"]: row for row in rows(files["lan-can.csv"])}

    assert list(found) == ["core.gateway/icmp", ANCHOR, "21523.cpe/icmp", "21100.cpe/icmp"], (
        "not the other things of the commune itself, not another carrier's line elsewhere"
    )
    assert found[ANCHOR]["status_at_begin"] == found[ANCHOR]["status_at_end"] == "up"
    assert (found[ANCHOR]["results"], found[ANCHOR]["good_results"]) == ("60", "60")
    assert found["21523.cpe/icmp"]["in_common"] == "Huyện Ba Tơ"
    assert float(found["21523.cpe/icmp"]["down_s"]) == 600
    assert found["21100.cpe/icmp"]["in_common"] == "VNPT"
    page = files["TOM-TAT.html"].decode()
    assert "02/02 mốc" in page
    assert "01/02 đường truyền khác" in page
    assert [row["results"] for row in rows(files["may-giam-sat-mat-ket-qua.csv"])] == ["3"]
    assert of(land, ONE.id).lines[0].at_begin is Status.UP


def test_log_paths_ticket_contract_maintenance_and_corrections_are_there(files: dict[str, bytes]) -> None:
    log = rows(files["dien-bien.csv"])
    [place] = rows(files["doi-tuong.csv"])

    assert [row["kind"] for row in log] == ["opened", "path", "joined", "common", "note", "ticket", "closed"]
    assert log[1]["text"] == "lúc mở sự cố: 1 10.51.250.1 (0,4 ms)"
    assert log[-1]["text"] == "đã khôi phục"
    assert (place["contract_code"], place["availability_ratio"]) == ("GL-0001", "0.995")
    assert [row["id"] for row in rows(files["bao-tri.csv"])] == ["BT-2025-0003"]
    assert [row["counts_as"] for row in rows(files["tinh-lai.csv"])] == ["maintenance"]
    assert [(row["old"], row["new"]) for row in rows(files["chuyen-trang-thai.csv"])] == [
        ("up", "down"),
        ("down", "up"),
    ]


def test_a_person_understands_the_first_page(files: dict[str, bytes]) -> None:
    page = files["TOM-TAT.html"].decode()

    for said in (
        "Hồ sơ chứng cứ sự cố SC-2025-0007",
        "02:00:00 ngày 10/03/2025",
        "01 giờ",
        "đường truyền (phía doanh nghiệp); Lan xác nhận",
        "VNPT-77",
        "02:10:00 ngày 10/03/2025 (sau 10 phút)",
        "VNPT GL-0001",
        "99,50%",
        "04 giờ",
        "sha256sum -c SHA256SUMS",
        "<svg",
    ):
        assert said in page, said
    assert "<script" not in page
    assert "None" not in page
    assert "&lt;b&gt;" in page, "what people wrote is no markup"


def test_nobodys_number_or_address_is_in_it(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        text = content.decode()
        for hidden in (PHONE, "912345678", "lan.tran", "nam.le", "18001166"):
            assert hidden not in text, name
    told = rows(files["tin-da-gui.csv"])
    assert [(row["channel"], row["recipient"], row["status"]) for row in told] == [
        ("email", "l***@quangngai.example", "sent"),
        ("sms", "***78", "waiting"),
    ]


def test_what_people_wrote_is_no_formula(files: dict[str, bytes]) -> None:
    note = next(row for row in rows(files["dien-bien.csv"]) if row["kind"] == "note")

    assert note["text"].startswith("'=gọi anh Nam")
    for name, content in files.items():
        if name.endswith(".csv"):
            fields = [field for row in rows(content) for field in row.values()]
            texts = [field for field in fields if field.startswith(tuple(FORMULA_STARTS))]
            assert not [text for text in texts if not text.lstrip("-").replace(".", "").isdigit()]


def test_a_group_has_all_its_members(land: Land) -> None:
    found = of(land, GROUP.id)

    assert [each.id for each in found.parts] == [ONE.id]
    assert [place.check_id for place in found.places] == [CHECK]
    assert found.told_by is None
    assert "SC-2025-0007" in files_of(pack(found))["TOM-TAT.html"].decode()


def test_what_left_the_inventory_is_told_by_the_name_it_had(land: Land) -> None:
    kept = {id_: each for id_, each in land.inventory.targets.items() if not id_.startswith("21484.")}
    checks = {id_: each for id_, each in land.inventory.checks.items() if each.target_id in kept}
    found = of(replace(land, inventory=replace(land.inventory, targets=kept, checks=checks)), ONE.id)
    page = files_of(pack(found))["TOM-TAT.html"].decode()

    assert (found.places[0].name, found.places[0].circuit) == ("CPE Ba Tơ", None)
    assert (found.samples[0].results, found.samples[0].failed) == (120, 60)
    assert [each.is_anchor for each in found.neighbours] == [True, True]
    assert "không có trong danh mục" in page
    assert "None" not in page


def test_before_it_began_by_the_clock_of_today_there_is_a_pack_all_the_same(land: Land) -> None:
    back = of(land, ONE.id, now=BEGIN - HALF_AN_HOUR * 3)

    assert "SHA256SUMS" in files_of(pack(back)), "the clock was set back"


def test_one_that_goes_on_is_told_up_to_now(land: Land) -> None:
    found = replace(of(land, ONE.id, now=END), incident=replace(ONE, resolved_at=None, close_reason=None))

    page = files_of(pack(found))["TOM-TAT.html"].decode()
    assert "<td>chưa kết thúc</td>" in page
    assert "01 giờ, chưa kết thúc" in page


def test_what_a_person_closed_is_not_said_to_have_been_measured_as_over(land: Land) -> None:
    found = replace(of(land, ONE.id), incident=replace(ONE, close_reason=CloseReason.BY_HAND))

    page = files_of(pack(found))["TOM-TAT.html"].decode()
    assert "Kết thúc (đóng bằng tay; không phải do đo được)" in page
    assert "lần đo thành công đầu tiên" not in page


def test_a_group_is_told_from_its_first_failure_to_its_last_recovery(tmp_path: Path) -> None:
    land = build(tmp_path)
    with closing(sqlite3.connect(land.state)) as connection, connection:
        connection.execute(
            "update incident set opened_at = opened_at + 3000, resolved_at = resolved_at - 60 where id = ?",
            (GROUP.id,),
        )
    found = of(land, GROUP.id)

    assert (found.from_at, found.until_at) == (BEGIN - HALF_AN_HOUR, END + HALF_AN_HOUR)
    assert [each.new for each in found.transitions] == [Status.DOWN, Status.UP]
    assert found.samples[0].failed == 60


def test_what_nobody_knew_of_others_is_no_proof(land: Land) -> None:
    blind = Transition(ANCHOR, BEGIN + 60, BEGIN + 60, Status.UP, Status.UNKNOWN, Blindness.STOPPED)
    seen = replace(blind, at=BEGIN + 660, old=Status.UNKNOWN, new=Status.UP)
    anchor, unwatched = (
        neighbours.neighbour(
            ANCHOR, "", land.inventory, before, changes, from_at=BEGIN, until_at=BEGIN + 1_000
        )
        for before, changes in ((Status.UP, [blind, seen]), (None, []))
    )
    found = replace(
        of(land, ONE.id), neighbours=(anchor, unwatched), transitions=(replace(blind, check_id=CHECK),)
    )
    files = files_of(pack(found))
    page = files["TOM-TAT.html"].decode()

    assert (anchor.down_s, anchor.unknown_s, anchor.was_up) == (0, 600, False)
    assert (unwatched.unknown_s, unwatched.was_up) == (1_000, False)
    assert "00/02 mốc" in page
    assert "không phải là bằng chứng mất kết nối" in page
    assert "hệ thống giám sát không chạy" in page
    assert [row["unknown_s"] for row in rows(files["lan-can.csv"])] == ["600.0", "1000.0"]


def test_what_of_its_length_was_seen_down_is_told_apart(land: Land) -> None:
    steps = (
        (BEGIN, Status.UP, Status.DOWN),
        (BEGIN + 600, Status.DOWN, Status.UNKNOWN),
        (BEGIN + 1_800, Status.UNKNOWN, Status.DOWN),
        (BEGIN + 2_400, Status.DOWN, Status.UP),
        (BEGIN + 3_000, Status.UP, Status.DOWN),
        (END, Status.DOWN, Status.UP),
    )
    seen = tuple(Transition(CHECK, at, at, old, new, "") for at, old, new in steps)
    page = files_of(pack(replace(of(land, ONE.id), transitions=seen)))["TOM-TAT.html"].decode()

    assert "<td>Thời lượng</td><td>01 giờ</td>" in page
    assert "<td>Trong đó mất kết nối đo được</td><td>30 phút</td>" in page
    assert "<td>Trong đó chưa rõ trạng thái</td><td>20 phút</td>" in page


def test_what_a_group_has_in_common_is_said_as_people_say_it(land: Land) -> None:
    log = rows(files_of(pack(of(land, GROUP.id)))["dien-bien.csv"])

    assert [row["text"] for row in log if row["kind"] == "common"] == [
        common_text(Common(Dimension.DISTRICT, "Huyện Ba Tơ", "tslcd"), land.inventory, words.VI)
    ]


def test_what_the_monitor_traced_is_not_taken_for_a_telephone_number() -> None:
    path = IncidentEvent(ONE.id, BEGIN, LogKind.PATH, text="lúc mở sự cố: 7 84.120.134.156 (12 ms)")

    assert wording.event_text(path) == path.text
    assert wording.event_text(replace(path, kind=LogKind.FLAPPING, text="5")) == "5 lần"


def test_of_a_long_one_single_results_are_given_around_its_ends(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = of(land, ONE.id)
    monkeypatch.setattr(gathering, "MOST_RESULTS", 50)
    monkeypatch.setattr(gathering, "AROUND_S", 600.0)
    short = of(land, ONE.id)

    assert whole.spans == ((BEGIN - HALF_AN_HOUR, END + HALF_AN_HOUR),)
    assert short.spans == ((BEGIN - 600, BEGIN + 600), (END - 600, END + 600))
    assert short.samples[0].results == 40
    assert [each.results for each in short.anchors if each.check_id == ANCHOR] == [20], "within the incident"


def test_there_is_no_pack_of_what_there_is_not(land: Land) -> None:
    assert land.evidence("SC-2025-9999") is None


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("gọi 0912345678 nhé", "gọi ***78 nhé"),
        ("gọi +84 912 345 678.", "gọi ***78."),
        ("ĐT:02553.822.456", "ĐT:***56"),
        ("lan.tran@a.b.vn", "l***@a.b.vn"),
        ("10.51.250.1 lúc 02:55, phiếu VNPT-0123456", "10.51.250.1 lúc 02:55, phiếu VNPT-0123456"),
        ("SC-2026-0001, 1795000000.0", "SC-2026-0001, 1795000000.0"),
        ("05-11-2026 12:30 và 05.11.2026 08:15", "05-11-2026 12:30 và 05.11.2026 08:15"),
        ("chặng 84.120.134.156 mất gói", "chặng 84.120.134.156 mất gói"),
        ("nhóm Zalo 4187655018712345678", "nhóm Zalo ***78"),
    ],
)
def test_numbers_of_people_are_hidden_and_others_are_not(written: str, left: str) -> None:
    assert masked_text(written) == left


@given(st.from_regex(r"(0|\+84)[1-9][0-9]{8}", fullmatch=True))
@settings(max_examples=examples(100))
def test_no_number_stays_whole(number: str) -> None:
    assert number[-9:] not in masked_text(f"số {number}, gọi nhé")
    assert number not in masked_recipient(number)
