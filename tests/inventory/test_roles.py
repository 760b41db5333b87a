"""What an entry's id says about what it should be, where its profile or unit is wrong."""

from pathlib import Path

import pytest

from inventory.loader import load
from inventory.problem import InventoryError
from inventory.roles import role_in, usual_profiles

FOLDER = Path(__file__).parent
OTHERS = """
  21484.vcs: {name: Điểm cầu, unit: "21484", profile: vcs-endpoint, address: 192.0.2.11}
  21523.vcs-2: {name: Điểm cầu, unit: "21523", profile: vcs-endpoint, address: 192.0.2.12}
"""


def hint(tmp_path: Path, entry: str) -> str:
    (tmp_path / "a.yaml").write_text(f"targets:{OTHERS}  {entry}\n")
    with pytest.raises(InventoryError) as caught:
        load([FOLDER / "base.yaml", tmp_path])
    [problem] = caught.value.problems
    return problem.hint


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        ("ups-vcs", "có phải 'vcs-endpoint', như các đối tượng khác cùng loại?"),
        ("mcs", "có phải 'vcs-endpoint', như các đối tượng khác cùng loại?"),
        ("vcs-hdxx", "có phải 'vcs-hdx'?"),
    ],
)
def test_a_wrong_profile_is_answered_by_what_others_of_the_role_have(
    tmp_path: Path, profile: str, answer: str
) -> None:
    entry = f'21523.vcs: {{name: Điểm cầu, unit: "21523", profile: {profile}, address: 192.0.2.13}}'

    assert hint(tmp_path, entry) == answer


def test_a_wrong_unit_is_answered_by_the_units_code_in_the_id(tmp_path: Path) -> None:
    entry = '21484.kiosk: {name: Kiosk, unit: "21524", profile: kiosk, address: 192.0.2.13}'

    assert hint(tmp_path, entry) == "có phải '21484' (Xã Ba Tơ)?"


def test_the_profile_that_most_have_is_the_usual_one() -> None:
    profile_of = {"1.vcs": "a", "2.vcs-2": "b", "3.vcs": "b", "4.vcs": "gone", "core": "a"}

    assert role_in("21484.camera-12") == "camera"
    assert usual_profiles(profile_of, {"a", "b"}) == {"vcs": "b"}
