"""What people type finds the place they mean, or says which one may be meant."""

from dataclasses import replace

import pytest

from inventory.choosing import Unclear, choose
from inventory.model import Area, Circuit, Inventory, Layer, Selector, Target, Unit

LAND = Inventory(
    units={
        "1": Unit(
            "1", "Xã Ba Tơ", "xã", "qn", former_district="Huyện Ba Tơ", former_names=("Thị trấn Ba Tơ",)
        ),
        "2": Unit("2", "Xã Ba Tô", "xã", "qn", former_district="Huyện Ba Tơ"),
        "3": Unit("3", "Xã Đăk Rơ Wa", "xã", "kt", former_district="Thành phố Kon Tum"),
        "4": Unit("4", "Xã Tư Nghĩa", "xã", "qn", former_names=("Thị trấn La Hà",)),
    },
    targets={"1.cpe": Target("1.cpe", "CPE", "1", Layer.TSLCD, "cpe", "", circuit_id="k1", tags=("thu",))},
    checks={},
    areas={"qn": Area("qn", "Quảng Ngãi (cũ)"), "kt": Area("kt", "Kon Tum (cũ)")},
    circuits={"k1": Circuit("k1", "VNPT", contract_code="HĐ-12")},
)


@pytest.mark.parametrize(
    ("field", "word", "meant"),
    [
        ("targets", "1.CPE", "1.cpe"),
        ("units", "dak ro wa", "3"),
        ("units", "Ba Tơ", "1"),
        ("units", "3", "3"),
        ("areas", "kt", "kt"),
        ("areas", "kon tum", "kt"),
        ("former_districts", "kon tum", "Thành phố Kon Tum"),
        ("former_districts", "huyện ba tơ", "Huyện Ba Tơ"),
        ("former_districts", "tp kon tum", "Thành phố Kon Tum"),
        ("layers", "TSLCD", "tslcd"),
        ("providers", "vnpt", "VNPT"),
        ("circuits", "k1", "k1"),
        ("circuits", "HĐ-12", "k1"),
        ("tags", "thu", "thu"),
    ],
)
def test_a_word_means_what_a_person_means_by_it(field: str, word: str, meant: str) -> None:
    assert choose({field: [word, word]}, LAND) == replace(Selector(), **{field: (meant,)})


@pytest.mark.parametrize(
    ("field", "word", "what", "remedy"),
    [
        (
            "units",
            "ba to",
            "'ba to' có thể là: Xã Ba Tơ (1, Huyện Ba Tơ); Xã Ba Tô (2, Huyện Ba Tơ)",
            "gõ có dấu",
        ),
        ("units", "la ha", "không có nơi nào tên 'la ha'", "nay thuộc Xã Tư Nghĩa (4)"),
        ("units", "dak ro va", "không có nơi nào", "Đăk Rơ Wa"),
        ("targets", "1.cpo", "không có đối tượng '1.cpo'", "có phải '1.cpe'?"),
        ("areas", "gl", "không có địa bàn 'gl'", "qn (Quảng Ngãi (cũ))"),
        ("former_districts", "sa thay", "không có huyện (cũ) 'sa thay'", "chọn một trong"),
        ("layers", "kiosks", "không có lớp 'kiosks'", "có phải 'kiosk'?"),
        ("circuits", "k2", "không có kênh 'k2'", "k1"),
        ("providers", "fpt", "không có nhà mạng 'fpt'", "VNPT"),
        ("tags", "x", "không có nhãn 'x'", "thu"),
    ],
)
def test_a_word_that_means_nothing_or_too_much_is_told_with_a_way_out(
    field: str, word: str, what: str, remedy: str
) -> None:
    unclear = choose({field: [word]}, LAND)

    assert isinstance(unclear, tuple)
    assert unclear[0].what.startswith(what)
    assert remedy in unclear[0].remedy


def test_everything_that_is_unclear_is_told_at_once() -> None:
    unclear = choose({"units": ["xyz", "abc"], "tags": ["q"], "layers": ["tslcd"]}, LAND)

    assert isinstance(unclear, tuple)
    assert [type(each) for each in unclear] == [Unclear] * 3
