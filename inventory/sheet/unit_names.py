"""Which unit a row is about: its code and its name as people write them. Never guesses between two. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from inventory.names import fold, hint, short_unit_name
from inventory.schema import UnitForm

_MOST_CANDIDATES: Final = 8
_CODE_DIGITS: Final = 5
_LABEL: Final = re.compile(r"(?P<name>.*\S)\s*\((?P<code>[^()]+)\)")


@dataclass(frozen=True, slots=True)
class Answer:
    """The code of a unit, or the question whose answer decides. `note` says how an unusual spelling was understood."""

    code: str = ""
    column: str = "unit"
    """Column that the question is about."""
    question: str = ""
    candidates: tuple[str, ...] = ()
    note: str = ""


@dataclass(slots=True)
class UnitNames:
    """Finds units by code, name and former name."""

    units: Mapping[str, UnitForm]
    _exact: dict[str, list[str]] = field(default_factory=dict)
    _folded: dict[str, list[str]] = field(default_factory=dict)
    _former: dict[str, list[str]] = field(default_factory=dict)
    _bare_former: dict[str, list[str]] = field(default_factory=dict)
    """Former names without their kind, asked last: they are often a part of today's names."""
    _districts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code, unit in self.units.items():
            for name in dict.fromkeys((unit.name, short_unit_name(unit.name))):
                self._exact.setdefault(name.casefold(), []).append(code)
            for name in dict.fromkeys((fold(unit.name), fold(short_unit_name(unit.name)))):
                self._folded.setdefault(name, []).append(code)
            for former in unit.former_names:
                self._former.setdefault(fold(former), []).append(code)
                codes = self._bare_former.setdefault(fold(short_unit_name(former)), [])
                if code not in codes:
                    codes.append(code)
            if unit.former_district:
                self._districts.setdefault(fold(unit.former_district), []).append(code)

    def find(self, code: str, name: str) -> Answer:
        """Return the unit of a row; one of `code` and `name` may be empty, either may be a `label`."""
        name = re.sub(r"(?i)^(ubnd|ủy ban nhân dân)\s+", "", name)
        for column, text in (("unit", code), ("unit_name", name)):
            label = _LABEL.fullmatch(text)
            if not label or label["code"] not in self.units:
                continue
            answer = self._find(label["code"], label["name"])
            if not answer.code:
                return replace(answer, column=column)
            if column == "unit":
                code = answer.code
            elif code in {"", answer.code, answer.code.lstrip("0")}:
                return answer
        return self._find(code, name)

    def _find(self, code: str, name: str) -> Answer:
        if not code:
            return self._by_name(name) if name else Answer(question="thiếu đơn vị: ghi mã hoặc tên")
        found = next((c for c in (code, code.zfill(_CODE_DIGITS)) if c in self.units), None)
        if found is None:
            return self._unknown_code(code, name)
        if not name or self._fits(found, name):
            return Answer(found)
        label = _LABEL.fullmatch(name)
        other = Answer(label["code"]) if label and label["code"] in self.units else self._by_name(name)
        candidates = (self.label(found), *((self.label(other.code),) if other.code else other.candidates))
        return Answer(
            question=f"mã {found} là {self.units[found].name}, nhưng tên ghi '{name}'{self._told_former(name)}; bên nào đúng?",
            candidates=tuple(dict.fromkeys(candidates)),
        )

    def label(self, code: str) -> str:
        """Return a unit as people can tell it from others: "Ba Tơ (21484)"."""
        return f"{short_unit_name(self.units[code].name)} ({code})"

    def _told_former(self, name: str) -> str:
        former = [] if fold(name) in self._folded else self._former.get(fold(name), [])
        return f" (tên cũ, nay thuộc {' hoặc '.join(self._labels(former))})" if former else ""

    def _fits(self, code: str, name: str) -> bool:
        exact = self._exact.get(name.casefold())
        if exact:
            return code in exact
        if code in self._folded.get(fold(name), ()):
            return True
        return code in self._former.get(fold(name), self._bare_former.get(_bare(name), ()))

    def _unknown_code(self, code: str, name: str) -> Answer:
        by_name = self._by_name(name) if name else Answer()
        candidates = (self.label(by_name.code),) if by_name.code else by_name.candidates
        return Answer(question=f"không có đơn vị mã '{code}'", candidates=candidates)

    def _by_name(self, name: str) -> Answer:
        exact, folded = self._exact.get(name.casefold(), []), self._folded.get(fold(name), [])
        former = self._former.get(fold(name), []) if not exact else []
        if len(exact) == 1:
            return Answer(exact[0])
        if len(folded) == 1 and not exact and not former:
            unit = self.units[folded[0]]
            return Answer(folded[0], note=f"'{name}' hiểu là {unit.name} ({folded[0]})")
        choices = list(dict.fromkeys(exact or [*folded, *former]))
        if choices and folded:
            labels = self._labels(choices)
            said = [
                label if code in folded else f"tên cũ của {label}"
                for code, label in zip(choices, labels, strict=False)
            ]
            return Answer(
                column="unit_name", question=f"tên '{name}' là {' hay '.join(said)}?", candidates=labels
            )
        return self._former_or_unknown(name, former or self._bare_former.get(_bare(name), []))

    def _former_or_unknown(self, name: str, former: list[str]) -> Answer:
        if former:
            question = f"tên '{name}' là tên cũ, nay thuộc {' hoặc '.join(self._labels(former))}; ghi tên mới"
            return Answer(column="unit_name", question=question, candidates=self._labels(former))
        district = next(
            (self._districts[key] for key in (fold(name), f"huyen {fold(name)}") if key in self._districts),
            [],
        )
        if district:
            question = f"tên '{name}' là tên huyện cũ, nay là {len(district)} đơn vị; ghi rõ xã, phường nào"
            return Answer(column="unit_name", question=question, candidates=self._labels(district))
        near = hint(short_unit_name(name), (unit.name for unit in self.units.values()))
        match = re.search(r"'(.*)'", near)
        codes = self._folded.get(fold(match[1]), []) if match else []
        return Answer(
            column="unit_name", question=f"không có đơn vị '{name}'", candidates=self._labels(codes)
        )

    def _labels(self, codes: list[str]) -> tuple[str, ...]:
        return tuple(self.label(code) for code in codes[:_MOST_CANDIDATES])


def _bare(name: str) -> str:
    return fold(short_unit_name(name))
