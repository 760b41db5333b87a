"""The 34 provinces of Việt Nam since 1 July 2025 and their communes, as shipped files. Where they come from: NOTICE.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.names import find, fold

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: `code` is the official one of five digits, names are NFC."""

    code: str
    name: str
    """With its kind: "Xã Ba Tơ"."""
    kind: str
    """xã, phường or đặc khu."""
    former_province: str
    former_district: str
    """Of the old commune that had the code: an approximation where several districts meet."""
    former_names: tuple[str, ...]
    """Communes before the mergers that are in it, those of its own name left out."""


@dataclass(frozen=True, slots=True)
class Province:
    """A province or city: `code` is the official one of two digits, `name` is without its kind: "Huế"."""

    code: str
    name: str
    kind: str
    """tỉnh or thành phố."""
    communes: tuple[Commune, ...]
    """By code."""
    aliases: tuple[str, ...] = ()
    """What people also call it: "hcm", "sài gòn"."""

    @property
    def former_provinces(self) -> tuple[str, ...]:
        """Return the provinces that became this one: the one of the same name first, then by their communes' codes."""
        names = dict.fromkeys(commune.former_province for commune in self.communes)
        return tuple(sorted(names, key=lambda name: name != self.name))


def read_provinces() -> tuple[Province, ...]:
    """Return all provinces by code."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.json")))


def choose(asked: str, among: tuple[Province, ...]) -> list[Province]:
    """Return the provinces that `asked` may mean: a code, a name with or without marks, its beginning, or an alias."""
    bare = _bare(asked)
    called = [province for province in among if bare in map(fold, province.aliases)]
    if called:
        return called
    ids = find(
        bare.zfill(2) if bare.isdigit() else bare, {province.code: province.name for province in among}
    )
    return [province for province in among if province.code in ids]


def now_in(asked: str, among: Sequence[Province]) -> list[Province]:
    """Return the provinces that a former one is in now."""
    return [province for province in among if former_name(asked, province)]


def former_name(asked: str, province: Province) -> str:
    """Return the full name of the former province of `province` that is asked for, "" when none is."""
    wanted = _joined(_bare(asked))
    return next((name for name in province.former_provinces if _joined(fold(name)) == wanted), "")


def _joined(name: str) -> str:
    return name.replace(" ", "")


def _bare(name: str) -> str:
    bare = fold(name)
    for kind in ("thanh pho ", "tinh ", "tp.", "tp "):
        bare = bare.removeprefix(kind).lstrip()
    return bare


def _read(path: Path) -> Province:
    data = json.loads(path.read_text(encoding="utf-8"))
    communes = (
        Commune(code, name, kind, province, district, tuple(old))
        for code, name, kind, province, district, old in data["communes"]
    )
    aliases = tuple(data.get("aliases", ()))
    return Province(data["code"], data["name"], data["kind"], tuple(communes), aliases)
