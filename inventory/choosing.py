"""From what people type to a selector: places found without marks, every unknown word with the nearest one. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inventory.model import Inventory, Layer, Selector
from inventory.names import find, fold, former_hint, hint, near_id
from inventory.problem import near_miss

_MOST_CHOICES: Final = 8


@dataclass(frozen=True, slots=True)
class Unclear:
    """A `word` that means nothing, or several things: `what` and the `remedy`, one Vietnamese line each."""

    what: str
    remedy: str
    word: str


def choose(asked: Mapping[str, Sequence[str]], inventory: Inventory) -> Selector | tuple[Unclear, ...]:
    """Return the selector of these words, by field of Selector; or all that is not clear about them."""
    readers: Mapping[str, Callable[[str, Inventory], str | Unclear]] = {
        "targets": _target,
        "units": _unit,
        "areas": _area,
        "former_districts": _district,
        "layers": _layer,
        "circuits": _circuit,
        "providers": _provider,
        "tags": _tag,
    }
    found: dict[str, tuple[str, ...]] = {}
    unclear: list[Unclear] = []
    for field, words in asked.items():
        read = [readers[field](word, inventory) for word in words]
        unclear += (each for each in read if isinstance(each, Unclear))
        found[field] = tuple(dict.fromkeys(each for each in read if isinstance(each, str)))
    return tuple(unclear) or Selector(**found)


def _target(word: str, inventory: Inventory) -> str | Unclear:
    if word in inventory.targets:
        return word
    ids = [id_ for id_ in inventory.targets if id_.casefold() == word.casefold()]
    if len(ids) == 1:
        return ids[0]
    remedy = near_id(word, inventory.targets) or "xem các mã: inventory show"
    return Unclear(f"không có đối tượng '{word}'", remedy, word)


def _unit(word: str, inventory: Inventory) -> str | Unclear:
    names = {unit.code: unit.name for unit in inventory.units.values()}
    found = find(word, names)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(
            f"{names[code]} ({code}, {inventory.units[code].former_district or 'cấp tỉnh'})"
            for code in found[:_MOST_CHOICES]
        )
        return Unclear(f"'{word}' có thể là: {listed}", "gõ có dấu, hoặc dùng mã", word)
    former = {unit.code: unit.former_names for unit in inventory.units.values()}
    near = former_hint(word, former, names) or hint(word, names.values())
    return Unclear(f"không có nơi nào tên '{word}'", near or "xem tất cả: status -o extended", word)


def _area(word: str, inventory: Inventory) -> str | Unclear:
    names = {area.id: area.name for area in inventory.areas.values()}
    return _named(word, names, "địa bàn")


def _district(word: str, inventory: Inventory) -> str | Unclear:
    known = {unit.former_district for unit in inventory.units.values() if unit.former_district}
    names = {name: name for name in sorted(known)}
    shortened = {name: _without_kind(name) for name in sorted(known)}
    found = find(word, names) or find(word, shortened) or find(_without_kind(word), shortened)
    return found[0] if len(found) == 1 else _unknown(word, known, "huyện (cũ)")


def _without_kind(name: str) -> str:
    for kind in ("thành phố ", "thị xã ", "huyện ", "tp "):
        if fold(name).startswith(fold(kind)):
            return name[len(kind) :]
    return name


def _layer(word: str, inventory: Inventory) -> str | Unclear:
    del inventory
    return word.casefold() if word.casefold() in set(Layer) else _unknown(word, set(Layer), "lớp")


def _circuit(word: str, inventory: Inventory) -> str | Unclear:
    circuits = inventory.circuits
    by_contract = {circuit.contract_code: id_ for id_, circuit in circuits.items() if circuit.contract_code}
    if word in circuits or word in by_contract:
        return word if word in circuits else by_contract[word]
    return _unknown(word, circuits, "kênh")


def _provider(word: str, inventory: Inventory) -> str | Unclear:
    known = {circuit.provider for circuit in inventory.circuits.values()}
    return _named(word, {name: name for name in sorted(known)}, "nhà mạng")


def _tag(word: str, inventory: Inventory) -> str | Unclear:
    known = {tag for target in inventory.targets.values() for tag in target.tags}
    return word if word in known else _unknown(word, known, "nhãn")


def _named(word: str, names: Mapping[str, str], what: str) -> str | Unclear:
    found = find(word, names)
    if len(found) == 1:
        return found[0]
    listed = [id_ if id_ == name else f"{id_} ({name})" for id_, name in names.items()]
    return _unknown(word, names, what, listed)


def _unknown(word: str, known: Collection[str], what: str, listed: Sequence[str] | None = None) -> Unclear:
    choices = sorted(known) if listed is None else listed
    more = "…" if len(choices) > _MOST_CHOICES else ""
    shown = ", ".join(choices[:_MOST_CHOICES]) + more
    near = near_miss(word, known)
    return Unclear(
        f"không có {what} '{word}'",
        near or (f"chọn một trong: {shown}" if shown else f"danh mục chưa có {what} nào"),
        word,
    )
