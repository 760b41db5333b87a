"""Versions of the inventory on disk: whole or not there, the same bytes again, damaged ones passed over."""

import stat
import subprocess
from pathlib import Path

import pytest

from inventory.loader import Loaded, load_with_warnings
from monitor.storage.errors import StorageError
from monitor.storage.versions import KEPT, DamagedVersionError, Pin, Version, VersionStore

YAML = """
areas: {{qn: {{name: Quảng Ngãi (cũ)}}}}
units: {{u: {{name: Xã Thử, kind: xã, area: qn}}}}
profiles: {{any: {{layer: tslcd, checks: {{icmp: {{kind: icmp}}}}}}}}
targets: {{u.may: {{name: "{name}", unit: u, profile: any, address: 127.0.0.1}}}}
"""


def loaded_of(folder: Path, name: str, *more: Path) -> Loaded:
    folder.mkdir(exist_ok=True)
    (folder / "tinh.yaml").write_text(YAML.format(name=name))
    return load_with_warnings([folder, *more])


def kept(store: VersionStore, loaded: Loaded, *, roots: int = 2, at: float = 1.0) -> Version:
    return store.keep(loaded, roots=roots, at=at, who="Chị Hoa", how="apply")


def many(store: VersionStore, folder: Path, count: int) -> list[Version]:
    return [kept(store, loaded_of(folder, f"Máy {number}")) for number in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path / "inventory")


def test_a_version_gives_back_the_inventory_it_was_made_of(store: VersionStore, tmp_path: Path) -> None:
    loaded = loaded_of(tmp_path / "a", "Máy Một")
    version = kept(store, loaded, at=7.0)

    again = store.load(version)

    assert again.inventory == loaded.inventory
    assert [version] == store.all()
    assert (version.number, version.at, version.who, version.how) == (1, 7.0, "Chị Hoa", "apply")
    assert version.counts["watched"] == 1


def test_a_single_file_of_any_name_and_an_empty_folder_come_back_too(
    store: VersionStore, tmp_path: Path
) -> None:
    single = tmp_path / "thay-doi.txt"
    single.write_text("targets: {u.may: {name: Máy Hai}}\n")
    (tmp_path / "empty").mkdir()
    loaded = loaded_of(tmp_path / "a", "Máy Một", tmp_path / "empty", single)

    version = kept(store, loaded, roots=4)

    assert store.load(version).inventory == loaded.inventory
    assert store.load(version).inventory.targets["u.may"].name == "Máy Hai"


def test_what_is_the_latest_already_is_not_stored_again(store: VersionStore, tmp_path: Path) -> None:
    first = kept(store, loaded_of(tmp_path / "a", "Máy Một"))
    assert kept(store, loaded_of(tmp_path / "a", "Máy Một"), at=9.0) == first
    second = kept(store, loaded_of(tmp_path / "a", "Máy Hai"))
    third = kept(store, loaded_of(tmp_path / "a", "Máy Một"))

    assert [version.number for version in store.all()] == [3, 2, 1]
    assert (second.number, third.digest) == (2, first.digest)


def test_nobody_else_may_read_it(store: VersionStore, tmp_path: Path) -> None:
    version = kept(store, loaded_of(tmp_path / "a", "Máy Một"))

    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for path in [store.folder, version.folder, *version.folder.rglob("*")]
    }

    assert modes == {0o700, 0o600}


def test_only_the_latest_the_one_in_force_and_the_pinned_one_are_kept(
    store: VersionStore, tmp_path: Path
) -> None:
    many(store, tmp_path / "a", 4)
    store.pin(Pin(2, 5.0, "Chị Hoa"))
    for number in range(KEPT):
        loaded = loaded_of(tmp_path / "a", f"Máy mới {number}")
        store.keep(loaded, roots=2, at=1.0, who="", how="", protected=3)

    numbers = [version.number for version in store.all()]

    assert numbers == [*range(KEPT + 4, 4, -1), 3, 2]
    assert not [path for path in store.folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("what", ["no meta", "half a meta", "wrong number", "no root", "a file in its place"])
def test_a_version_that_is_not_whole_is_passed_over(store: VersionStore, tmp_path: Path, what: str) -> None:
    first, second = many(store, tmp_path / "a", 2)
    meta = second.folder / "meta.json"
    match what:
        case "no meta":
            meta.unlink()
        case "half a meta":
            meta.write_bytes(meta.read_bytes()[:40])
        case "wrong number":
            meta.write_text(meta.read_text().replace('"number": 2', '"number": 7'))
        case "no root":
            second.folder.joinpath("1").rename(tmp_path / "gone")
        case _:
            second.folder.rename(tmp_path / "gone")
            second.folder.write_bytes(b"junk")

    assert store.all() == [first]
    assert kept(store, loaded_of(tmp_path / "a", "Máy Ba")).number == 3


@pytest.mark.parametrize("what", ["truncated", "gone", "one more", "changed"])
def test_bytes_that_are_not_those_that_were_validated_are_not_loaded(
    store: VersionStore, tmp_path: Path, what: str
) -> None:
    version = kept(store, loaded_of(tmp_path / "a", "Máy Một"))
    file = version.folder / "1" / "tinh.yaml"
    match what:
        case "truncated":
            file.write_bytes(file.read_bytes().rpartition(b"targets")[0])
        case "gone":
            file.unlink()
        case "one more":
            (version.folder / "1" / "them.yaml").write_text("")
        case _:
            file.write_text(YAML.format(name="Máy Khác"))

    with pytest.raises(DamagedVersionError):
        store.load(version)


def test_what_a_crash_left_half_written_is_no_version_and_is_cleared_away(
    store: VersionStore, tmp_path: Path
) -> None:
    first = kept(store, loaded_of(tmp_path / "a", "Máy Một"))
    unfinished = store.folder / ".new-000002-0123456789ab"
    unfinished.mkdir()
    (unfinished / "meta.json").write_text("{}")
    half_deleted = store.folder / ".old-000009-0123456789ab"
    half_deleted.mkdir()

    assert store.all() == [first]
    kept(store, loaded_of(tmp_path / "a", "Máy Hai"))

    assert not unfinished.exists()
    assert not half_deleted.exists()


def test_a_pin_outlives_the_process_until_it_is_taken_away(store: VersionStore) -> None:
    store.folder.mkdir()
    assert store.pinned() is None
    store.pin(Pin(3, 5.0, "Chị Hoa"))
    assert VersionStore(store.folder).pinned() == Pin(3, 5.0, "Chị Hoa")
    store.unpin()
    store.unpin()
    assert store.pinned() is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"number": "x"}', b'{"number": Infinity}', b"[" * 100_000]
)
def test_a_damaged_pin_is_none(store: VersionStore, content: bytes) -> None:
    store.folder.mkdir()
    (store.folder / "pinned.json").write_bytes(content)

    assert store.pinned() is None


def test_where_nothing_can_be_stored_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("a file")
    store = VersionStore(tmp_path / "inventory")

    assert store.all() == []
    with pytest.raises(StorageError, match="không lưu được bản danh mục"):
        kept(store, loaded_of(tmp_path / "a", "Máy Một"))
    with pytest.raises(StorageError):
        store.pin(Pin(1, 1.0, "x"))


def test_what_a_full_disk_left_half_written_gives_its_space_back(tmp_path: Path) -> None:
    loaded = loaded_of(tmp_path / "a", "Máy Một")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], check=True)
    try:
        store = VersionStore(disk / "inventory")
        with pytest.raises(StorageError, match="ổ đĩa đầy"):
            kept(store, loaded)

        assert list(store.folder.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)
