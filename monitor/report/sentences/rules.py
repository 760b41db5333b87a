"""The rules that sentences are made by: the shipped ones (rules.yaml), and a province's own file that wins over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from jinja2 import TemplateError

from inventory.files.reader import read_document
from inventory.files.source import YamlList, YamlMap, problem_at
from inventory.problem import Problem, ProblemsError
from inventory.validation import parse, shown
from monitor.report.sentences.environment import Expression, Text, expression, text
from monitor.report.sentences.facts.gathering import Each
from monitor.report.sentences.model import Section
from monitor.report.sentences.query import Query
from monitor.report.sentences.schema import RuleSchema
from monitor.report.sentences.trial import Where, wrong_in

SHIPPED: Final = Path(__file__).parent / "rules.yaml"
Compiled = TypeVar("Compiled", Expression, Text)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a sentence is written, what it rests on, and how it reads.

    `group`: the side of a cause, "unknown", or "". `each`: one sentence of each of these. `evidence`: queries by name;
    what they select is told by facts `<name>_<measure>`. `weight`: a number, the heaviest sentence of a section comes
    first. `is_ticked`: whether it is in the draft by itself. `is_alone`: only when its section has no other sentence
    that is ticked. `tied_to`: ids of rules of which one has to have made a sentence. `variants` take turns by month;
    `short` is what is said of it when there are too many sentences.
    """

    id: str
    section: Section
    variants: tuple[Text, ...]
    when: Expression
    weight: Expression
    group: str = ""
    each: Each | None = None
    evidence: Mapping[str, Query] = field(default_factory=lambda: MappingProxyType({}))
    is_ticked: bool = True
    is_alone: bool = False
    tied_to: tuple[str, ...] = ()
    short: Text | None = None
    file: str = ""
    line: int = 0
    """Where it is written."""


def read_rules(overlay: Path | None) -> tuple[Rule, ...]:
    """Read the shipped rules, with those of `overlay` on top: a key there wins over the same key of the rule of that id.

    `off: true` takes a rule away; an id that is not known adds one, behind the others. Raises ProblemsError with every
    problem of the files (file:line).
    """
    items, rules = _shipped()
    items, rules = dict(items), dict(rules)
    problems: list[Problem] = []
    own = {} if overlay is None else _items(overlay, problems)
    for id_, item in own.items():
        items[id_] = item.over(items[id_]) if id_ in items else item
        rules[id_] = _rule(items[id_], problems)
    problems.extend(
        problem_at(items[id_], ("tied_to",), f"không có luật '{other}'", under=id_)
        for id_, rule in rules.items()
        for other in (() if rule is None else rule.tied_to)
        if other not in items
    )
    if problems:
        raise ProblemsError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    known = {id_ for id_, rule in rules.items() if rule is not None}
    return tuple(
        rule
        for rule in rules.values()
        if rule is not None and (not rule.tied_to or known.intersection(rule.tied_to))
    )


@cache
def _shipped() -> tuple[Mapping[str, YamlMap], Mapping[str, Rule | None]]:
    """Return the shipped rules as they are written, and as they are; they do not change while the program runs."""
    problems: list[Problem] = []
    items = _items(SHIPPED, problems)
    rules = {id_: _rule(item, problems) for id_, item in items.items()}
    if problems:
        raise ProblemsError(problems)
    return MappingProxyType(items), MappingProxyType(rules)


def _items(path: Path, problems: list[Problem]) -> dict[str, YamlMap]:
    """Return the rules of one file by id, in its order."""
    document = read_document(path)
    problems.extend(document.problems)
    if document.data is None:
        return {}
    problems.extend(
        problem_at(document.data, (key,), "không có khóa này", hint="chỉ có khóa 'rules'")
        for key in document.data
        if key != "rules"
    )
    listed = document.data.get("rules")
    if not isinstance(listed, YamlList):
        message = "cần danh sách các luật" if listed is None else f"cần danh sách, đang là {shown(listed)}"
        problems.append(problem_at(document.data, ("rules",), message, hint="mỗi luật bắt đầu bằng dấu '- '"))
        return {}
    found: dict[str, YamlMap] = {}
    for index, item in enumerate(listed):
        if not isinstance(item, YamlMap):
            message = f"cần các cặp 'khóa: giá trị', đang là {shown(item)}"
            problems.append(problem_at(document.data, ("rules", index), message))
            continue
        id_ = item.get("id")
        if not isinstance(id_, str) or not id_:
            problems.append(problem_at(item, ("id",), "luật nào cũng phải có id", hint="thêm id: ..."))
        elif id_ in found:
            problems.append(problem_at(item, ("id",), f"luật '{id_}' viết hai lần", hint="xóa một trong hai"))
        else:
            found[id_] = item
    return found


def _rule(item: YamlMap, problems: list[Problem]) -> Rule | None:
    """Return the rule, or None when it is switched off or wrong; what is wrong goes to `problems`."""
    id_ = item["id"]
    read = parse(RuleSchema, item, under=id_)
    if isinstance(read, list):
        problems.extend(read)
        return None
    if read.off:
        return None
    known = len(problems)
    conditions = _compiled(item, expression, {("when",): read.when, ("weight",): str(read.weight)}, problems)
    texts = _compiled(item, text, _sources(read), problems)
    evidence = {name: asked.query() for name, asked in read.evidence.items()}
    if len(problems) == known:
        problems.extend(
            problem_at(item, path, message, hint=hint, under=id_)
            for path, message, hint in wrong_in({**conditions, **texts}, read.each, evidence)
        )
    if len(problems) > known:
        return None
    place = problem_at(item, ("id",), "")
    return Rule(
        id=id_,
        section=read.section,
        variants=tuple(texts["variants", at] for at in range(len(read.variants))),
        when=conditions["when",],
        weight=conditions["weight",],
        group=str(read.group or ""),
        each=read.each,
        evidence=MappingProxyType(evidence),
        is_ticked=read.ticked,
        is_alone=read.alone,
        tied_to=tuple(read.tied_to),
        short=texts.get(("short",)),
        file=place.file,
        line=place.line,
    )


def _sources(read: RuleSchema) -> dict[Where, str]:
    """Return the templates by where they stand in the rule."""
    sources: dict[Where, str] = {("variants", at): source for at, source in enumerate(read.variants)}
    return sources if read.short is None else {**sources, ("short",): read.short}


def _compiled(
    item: YamlMap, make: Callable[[str], Compiled], sources: Mapping[Where, str], problems: list[Problem]
) -> dict[Where, Compiled]:
    found: dict[Where, Compiled] = {}
    for path, source in sources.items():
        try:
            found[path] = make(source)
        except TemplateError as error:
            message = f"không đọc được mẫu câu: {error.message or error}"
        except (RecursionError, SyntaxError):  # of Python, which compiles what Jinja2 made of it
            message = "không đọc được mẫu câu: lồng nhau quá nhiều tầng"
        else:
            continue
        problems.append(problem_at(item, path, message, under=item["id"]))
    return found
