from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.sheet.choices import Doubt, choose, number_in
from inventory.sheet.columns import PROFILE_WORDS, profile_label
from tests.inventory.sheet.conftest import asked, import_into, rows_in, xlsx

HEADER = ["Mã đơn vị", "Tên đơn vị", "Loại thiết bị", "Địa chỉ", "Có thiết bị"]


def questions(
    folder: Path, *rows: list[object], header: list[str] = HEADER, **sheets: list[list[object]]
) -> list[str]:
    return asked(import_into(folder, xlsx(header, *rows, **sheets)))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (21484, None),
        ("21484", "Xã Ba Tơ"),
        (21484.0, "ba tơ"),
        (21484, "Ba Tơ"),
        (None, "Ba Tơ"),
        (None, "UBND xã Ba Tơ"),
        (None, "Ba To\u031b"),
        (21484, "Ba To"),
        (21484, "Thị trấn Ba Tơ"),
        # As the list of questions proposes it.
        (None, "Ba Tơ (21484)"),
        ("Ba Tơ (21484)", None),
        (21484, "Ba Tơ (21484)"),
        ("Ba Tơ (21484)", "Xã Ba Tơ"),
        ("Ba Tơ (21484)", "Ba Tơ (21484)"),
    ],
)
def test_a_unit_that_is_clear_is_taken(folder: Path, code: object, name: object) -> None:
    outcome = import_into(folder, xlsx(HEADER, [code, name, "tslcd-cpe", "10.51.7.1", None]))

    assert asked(outcome) == []
    assert outcome.added == ["21484.cpe"]


def test_the_id_of_a_row_tells_which_unit_and_profile_may_be_meant(folder: Path) -> None:
    (folder / "30.yaml").write_text(
        'targets: {21484.vcs: {name: a, unit: "21484", profile: vcs-endpoint, equipped: no}}'
    )
    header = [*HEADER, "Mã đối tượng"]
    endpoint = "[Điểm cầu hội nghị (vcs-endpoint)]"

    assert questions(folder, [21848, None, "kiosk", "10.51.7.9", None, "21484.kiosk"], header=header)[0] == (
        "A2: không có đơn vị mã '21848' [Ba Tơ (21484)]"
    )
    assert questions(folder, [21523, None, "ups-vcs", "10.51.7.9", None, "21523.vcs"], header=header) == [
        f"C2: không có loại thiết bị 'ups-vcs' {endpoint}"
    ]
    missing = questions(folder, [21523, None, None, "10.51.7.9", None, "21523.vcs"], header=header)
    assert missing[0].endswith(endpoint)


def test_a_device_does_not_move_to_another_commune_because_a_row_was_copied(folder: Path) -> None:
    header = [*HEADER, "Mã đối tượng"]
    row = [21523, None, "switch", "10.51.8.2", None, "21484.switch"]
    question = (
        "F2: mã '21484.switch' là của Ba Tơ (21484), nhưng dòng này ghi Ba Tô (21523); bên nào đúng? "
        "[21523.switch]"
    )

    assert questions(folder, row, header=header) == [question]

    (folder / "30.yaml").write_text(
        'targets: {21484.switch: {name: a, unit: "21484", profile: switch, equipped: no}}'
    )
    assert question in questions(folder, row, header=header)


def test_a_name_without_marks_that_only_one_unit_has_is_taken_and_told(folder: Path) -> None:
    assert questions(folder, [None, "dak ro wa", "tslcd-cpe", "10.51.7.1", None]) == []


@pytest.mark.parametrize(
    ("code", "name", "question"),
    [
        (None, "Ba To", "B2: tên 'Ba To' là Ba Tơ (21484) hay Ba Tô (21523)? [Ba Tơ (21484); Ba Tô (21523)]"),
        (
            21484,
            "Ba Tô",
            "A2: mã 21484 là Xã Ba Tơ, nhưng tên ghi 'Ba Tô'; bên nào đúng? [Ba Tơ (21484); Ba Tô (21523)]",
        ),
        (
            21484,
            "Ba To (21523)",
            "A2: mã 21484 là Xã Ba Tơ, nhưng tên ghi 'Ba To (21523)'; bên nào đúng? [Ba Tơ (21484); Ba Tô (21523)]",
        ),
        (
            21484,
            "Xã Hành Dũng",
            (
                "A2: mã 21484 là Xã Ba Tơ, nhưng tên ghi 'Xã Hành Dũng' (tên cũ, nay thuộc Phước Giang (21433)); bên nào đúng? "
                "[Ba Tơ (21484); Phước Giang (21433)]"
            ),
        ),
        (
            None,
            "Ba Tô (21484)",
            "B2: mã 21484 là Xã Ba Tơ, nhưng tên ghi 'Ba Tô'; bên nào đúng? [Ba Tơ (21484); Ba Tô (21523)]",
        ),
        (99999, "Ba Tô", "A2: không có đơn vị mã '99999' [Ba Tô (21523)]"),
        (None, "Ba Tu", "B2: không có đơn vị 'Ba Tu' [Ba Tơ (21484); Ba Tô (21523)]"),
        (
            None,
            "Phường Ba Cung",
            "B2: tên 'Phường Ba Cung' là tên cũ, nay thuộc Ba Tơ (21484); ghi tên mới [Ba Tơ (21484)]",
        ),
        (
            None,
            "Xã Ba Cung",
            "B2: tên 'Xã Ba Cung' là tên cũ, nay thuộc Ba Tơ (21484); ghi tên mới [Ba Tơ (21484)]",
        ),
        (
            None,
            "Huyện Ba Tơ",
            "B2: tên 'Huyện Ba Tơ' là tên huyện cũ, nay là 2 đơn vị; ghi rõ xã, phường nào [Ba Tơ (21484); Ba Tô (21523)]",
        ),
        (None, None, "A2: thiếu đơn vị: ghi mã hoặc tên"),
    ],
)
def test_a_doubtful_unit_is_asked_about(folder: Path, code: object, name: object, question: str) -> None:
    assert questions(folder, [code, name, "tslcd-cpe", "10.51.7.1", "có"])[0] == question


@pytest.mark.parametrize(
    ("row", "question"),
    [
        (
            [21484, None, "tslcd-cep", "10.51.7.1", None],
            "C2: không có loại thiết bị 'tslcd-cep' [Đường truyền TSLCD (tslcd-cpe)]",
        ),
        ([21484, None, None, "10.51.7.1", None], "C2: thiếu loại thiết bị"),
        ([21484, None, "switch", "10.51.7", None], "D2: ô ghi '10.51.7' không phải địa chỉ IP đúng"),
        (
            [21484, None, "switch", "10.51.7.1/24", None],
            "D2: ô ghi '10.51.7.1/24' không phải địa chỉ IP hay tên máy đúng",
        ),
        (
            [21484, None, "switch", "10.15.7.1", None],
            "D2: 10.15.7.1 nằm ngoài các dải của tỉnh; gõ nhầm, hay của bên khác? [10.51.0.0/16]",
        ),
        ([21484, None, "switch", None, "có"], "D2: có thiết bị nhưng thiếu địa chỉ"),
        ([21484, None, "switch", None, None], "E2: có thiết bị này không? [có; không; chưa rõ]"),
        ([21484, None, "switch", "10.51.7.2", "hỏng"], "E2: không hiểu 'hỏng' [có; không; chưa rõ]"),
        (
            [21484, None, "switch", "10.51.7.2", "không"],
            "E2: ghi «không» mà có địa chỉ; nếu có thiết bị thì sửa ô này, nếu không thì bỏ địa chỉ [có]",
        ),
        (
            [21484, None, "switch", "10.51.250.2", None],
            "D2: địa chỉ 10.51.250.2 trùng với ttdl.core (trong danh mục); dòng nào đúng?",
        ),
        ([21484, None, "switch", "=1+1", None], "D2: ô này là công thức; hãy dán giá trị"),
    ],
)
def test_a_doubtful_cell_is_asked_about(folder: Path, row: list[object], question: str) -> None:
    assert questions(folder, row) == [question]


def test_one_address_for_two_rows_leaves_both_waiting(folder: Path) -> None:
    found = questions(
        folder, [21484, None, "switch", "10.51.7.2", None], [21523, None, "switch", "10.51.7.2", None]
    )

    assert found == [
        "D2: địa chỉ 10.51.7.2 trùng với 21523.switch (ở dòng 3); dòng nào đúng?",
        "D3: địa chỉ 10.51.7.2 trùng với 21484.switch (ở dòng 2); dòng nào đúng?",
    ]


def test_two_things_of_a_kind_in_one_unit_need_ids(folder: Path) -> None:
    found = questions(
        folder, [21484, None, "kiosk", "10.51.7.20", None], [21484, None, "kiosk", "10.51.7.21", None]
    )

    assert found[0] == (
        "dòng 2: mã '21484.kiosk' có ở nhiều dòng (cả dòng 3); ghi mã riêng cho từng thiết bị [21484.kiosk-2]"
    )
    assert len(found) == 2


@pytest.mark.parametrize("word", ["có", "CÓ", "x", "yes", "1", 1, True, "Không", "no", "0", "chưa rõ"])
def test_words_for_having_it(folder: Path, word: object) -> None:
    address = None if str(word).casefold() in {"không", "no", "0"} else "10.51.7.2"

    assert questions(folder, [21484, None, "switch", address, word]) == []


class TestReferences:
    HEADER = ("Mã đơn vị", "Loại thiết bị", "Địa chỉ", "Mã đường truyền", "Phụ thuộc", "Mã đối tượng")

    def ask(self, folder: Path, *rows: list[object], **sheets: list[list[object]]) -> list[str]:
        return questions(folder, *rows, header=list(self.HEADER), **sheets)

    def test_a_missing_circuit_is_named(self, folder: Path) -> None:
        found = self.ask(folder, [21484, "tslcd-cpe", "10.51.7.1", "vnpt-ttd", None, None])

        assert found == ["D2: không có đường truyền 'vnpt-ttd'; thêm vào trang «Đường truyền» [vnpt-ttdl]"]

    def test_a_circuit_of_the_same_file_will_do(self, folder: Path) -> None:
        circuits: list[list[object]] = [["Mã đường truyền", "Nhà mạng"], ["vnpt-21484", "VNPT"]]

        assert (
            self.ask(folder, [21484, "tslcd-cpe", "10.51.7.1", "vnpt-21484"], **{"Đường truyền": circuits})
            == []
        )

    def test_what_depends_on_a_waiting_row_waits_too(self, folder: Path) -> None:
        found = self.ask(
            folder,
            [21484, "kiosk", "10.51.7.20", None, "21484.switch", None],
            [21484, "switch", "10.51.7.2", None, "21484.cpe", None],
            [21484, "tslcd-cpe", "10.51.7", None, None, None],
        )

        assert [question.split(":")[0] for question in found] == ["E2", "E3", "C4"]
        assert found[0] == "E2: mã '21484.switch' ở dòng 3 còn chờ trả lời"

    def test_what_only_the_whole_inventory_knows_is_asked_at_its_cell(self, folder: Path) -> None:
        found = self.ask(
            folder,
            [21484, "switch", "10.51.7.2", None, "21484.kiosk", "21484.switch"],
            [21484, "kiosk", "10.51.7.20", None, "21484.switch", "21484.kiosk"],
            [21523, "switch", "10.51.8.2", None, None, "KHÔNG HỢP LỆ"],
        )

        assert any("vòng tròn" in question for question in found)
        assert any(question.startswith("F4: mã đối tượng chỉ gồm") for question in found)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [("20", 20.0), ("99,5", 99.5), ("99.5 %", 99.5), ("20 Mbps", 20.0), ("4 giờ", 4.0)],
    )
    def test_are_read_as_written(self, text: str, number: float) -> None:
        assert number_in(text, None) == number

    def test_a_point_that_may_be_either_is_asked_about(self) -> None:
        assert number_in("1.000", None) == Doubt("số '1.000' là 1000 hay 1?", ("1000", "1"))
        assert number_in("1,500", None) == Doubt("số '1,500' là 1500 hay 1,5?", ("1500", "1,5"))
        assert number_in("0,995", None) == number_in("0.995", None) == 0.995

    def test_words_are_asked_about(self) -> None:
        assert isinstance(number_in("nhanh", None), Doubt)


@given(st.sampled_from(sorted(PROFILE_WORDS)))
def test_a_profile_is_chosen_by_id_words_and_label(profile: str) -> None:
    labels = {name: profile_label(name) for name in PROFILE_WORDS}

    for text in (profile, PROFILE_WORDS[profile], profile_label(profile), profile_label(profile).upper()):
        assert choose(text, labels, "loại") == profile


def test_a_sheet_for_each_district_is_read_and_named(folder: Path) -> None:
    content = xlsx(
        HEADER,
        [21484, None, "switch", "10.51.7.2", None],
        sheet="Ba Tơ",
        **{
            "Kon Tum": [HEADER, [23332, None, "switch", "10.51.7.2", None]],
            "Nháp": [["vài dòng", "ghi chép"]],
        },
    )

    assert asked(import_into(folder, content)) == [
        "D2: địa chỉ 10.51.7.2 trùng với 23332.switch (ở trang 'Kon Tum' dòng 2); dòng nào đúng?",
        "D2: địa chỉ 10.51.7.2 trùng với 21484.switch (ở trang 'Ba Tơ' dòng 2); dòng nào đúng?",
    ]
    assert rows_in(content).warnings == ["trang 'Nháp' không có dòng tiêu đề nên không được đọc"]


def test_a_label_with_words_and_id_is_the_id_wherever_ids_are_read(folder: Path) -> None:
    header = [*HEADER, "Phụ thuộc", "Mã đường truyền"]
    devices = [21484, None, "switch", "10.51.7.2", None, "Lõi mạng (ttdl.core)", "Kênh Ba Tơ (ba-to-1)"]
    circuits: list[list[object]] = [["Mã đường truyền", "Nhà mạng"], ["ba-to-1", "VNPT"]]

    outcome = import_into(folder, xlsx(header, devices, **{"Đường truyền": circuits}))

    assert asked(outcome) == []
    assert "ttdl.core" in (outcome.text or "")
    assert "circuit: ba-to-1" in (outcome.text or "")


def test_a_name_that_is_anothers_former_name_is_said_to_be_that(folder: Path) -> None:
    (folder / "15-unit.yaml").write_text('units: {"21999": {name: Xã Bá Cùng, kind: xã, area: qn}}')

    found = questions(folder, [None, "Xã Ba Cung", "switch", "10.51.7.2", None])

    assert found == [
        "B2: tên 'Xã Ba Cung' là Bá Cùng (21999) hay tên cũ của Ba Tơ (21484)? [Bá Cùng (21999); Ba Tơ (21484)]"
    ]


@pytest.mark.parametrize("code", ["Ba Tơ-Viettel", "BA TO VIETTEL", "ba_to_viettel"])
def test_everything_about_a_circuit_is_asked_at_once(folder: Path, code: str) -> None:
    header = [
        "Mã đường truyền",
        "Nhà mạng",
        "Băng thông (Mbit/s)",
        "Chiều lên (Mbit/s)",
        "Sẵn sàng cam kết (%)",
    ]
    circuits: list[list[object]] = [header, [code, None, None, 10, 120]]

    found = questions(folder, [21484, None, "switch", "10.51.7.2", None], **{"Đường truyền": circuits})

    assert [question.split(": ")[0] for question in found] == ["A2", "B2", "C2", "E2"]
    assert found[0].startswith(f"A2: mã '{code}' không dùng được: chỉ gồm a-z")
    assert found[0].endswith("[ba-to-viettel]")


def test_a_circuit_has_no_way_up_alone(folder: Path) -> None:
    header = ["Mã đường truyền", "Nhà mạng", "Băng thông (Mbit/s)", "Chiều lên (Mbit/s)"]

    found = questions(
        folder,
        [21484, None, "switch", "10.51.7.2", None],
        **{"Đường truyền": [header, ["k1", "VNPT", None, 10]]},
    )

    assert found == ["C2: có chiều lên thì phải có cả băng thông chiều về"]
