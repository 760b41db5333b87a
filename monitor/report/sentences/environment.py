"""Conditions and templates of rules: sandboxed Jinja2 over a flat set of names. Pure.

An unknown name is an error, nothing may be changed, and nothing but the given names is there. Only what sentences need
may be written: no loop, no call, no product of letters can keep the program busy or fill its memory.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.report.sentences.quantities import Quantity, written

_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Test),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
    *(nodes.Concat, nodes.Dict, nodes.Pair, nodes.List, nodes.Tuple, nodes.Getitem, nodes.Filter),
)
"""What conditions and templates may be made of."""
_FILTERS: Final = frozenset(
    {"abs", "capitalize", "d", "default", "int", "length", "lower", "round", "trim", "upper"}
)
_WORDS: Final[Mapping[type[nodes.Node], str]] = MappingProxyType(
    {
        nodes.For: "vòng lặp for",
        nodes.Assign: "lệnh set",
        nodes.AssignBlock: "lệnh set",
        nodes.Macro: "lệnh macro",
        nodes.Call: "lời gọi hàm",
        nodes.Getattr: "dấu chấm để lấy thuộc tính",
        nodes.Pow: "phép lũy thừa",
    }
)


class _Environment(ImmutableSandboxedEnvironment):
    """Multiplies and divides numbers only: of letters "*" and "%" make texts of any length."""

    intercepted_binops = frozenset({"*", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Raises TypeError of anything but numbers."""
        if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            msg = f"phép tính '{operator}' chỉ dùng được với số"
            raise TypeError(msg)
        return super().call_binop(context, operator, left, right)


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined,
        finalize=written,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    return environment


_ENVIRONMENT: Final = _environment()
_MOST_KEPT: Final = 1_024
"""Compiling is what takes time when rules are read."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition or a weight: `names` are what it asks for."""

    source: str
    names: frozenset[str]
    _compiled: Callable[..., object] = field(compare=False, repr=False)

    def __call__(self, values: Mapping[str, Quantity]) -> object:
        """Return its value. Raises jinja2.TemplateError or TypeError."""
        return self._compiled(values)


@dataclass(frozen=True, slots=True)
class Text:
    """A template of a sentence: `names` are what it asks for."""

    source: str
    names: frozenset[str]
    _compiled: Template = field(compare=False, repr=False)

    def __call__(self, values: Mapping[str, Quantity]) -> str:
        """Return the sentence, clean. Raises jinja2.TemplateError or TypeError."""
        return clean(self._compiled.render(values))


@lru_cache(maxsize=_MOST_KEPT)
def expression(source: str) -> Expression:
    """Compile a condition. Raises jinja2.TemplateError, also of what no condition needs."""
    # As Environment.compile_expression does; that keeps the names for itself.
    parser = Parser(_ENVIRONMENT, source, state="variable")
    tree = parser.parse_expression()
    if not parser.stream.eos:
        msg = f"không hiểu phần '{parser.stream.current}'"
        raise TemplateSyntaxError(msg, parser.stream.current.lineno)
    _check(nodes.Output([tree]))
    body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store"), tree, lineno=1)]
    whole = nodes.Template(body, lineno=1)
    return Expression(source, _names(tree), TemplateExpression(_template(whole), undefined_to_none=False))


@lru_cache(maxsize=_MOST_KEPT)
def text(source: str) -> Text:
    """Compile a template. Raises jinja2.TemplateError, also of what no sentence needs."""
    tree = _ENVIRONMENT.parse(source)
    _check(tree)
    return Text(source, _names(tree), _template(tree))


def _template(tree: nodes.Template) -> Template:
    tree.set_environment(_ENVIRONMENT)
    return Template.from_code(_ENVIRONMENT, _ENVIRONMENT.compile(tree), {})


def _check(tree: nodes.Node) -> None:
    """Refuse whatever is not among what is allowed, with its line. Raises TemplateSyntaxError."""
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            msg = f"không dùng được bộ lọc '{node.name}'"
        elif isinstance(node, _ALLOWED):
            continue
        else:
            what = _WORDS.get(type(node), f"cú pháp {type(node).__name__}")
            msg = f"không dùng được {what} trong mẫu câu"
        raise TemplateSyntaxError(msg, node.lineno)


def _names(tree: nodes.Node) -> frozenset[str]:
    """Return the names that are asked for."""
    own = [tree] if isinstance(tree, nodes.Name) else []  # find_all looks below it only
    return frozenset(name.name for name in (*own, *tree.find_all(nodes.Name)))


def clean(sentence: str) -> str:
    """Return a sentence in NFC, without dash in front or hidden letters, with single blanks and one full stop."""
    said = " ".join(unicodedata.normalize("NFC", sentence).split()).removeprefix("- ")
    if not said.isprintable():
        said = "".join(letter for letter in said if not unicodedata.category(letter).startswith("C"))
    for mark in (",", ";", ":", ".", ")"):
        said = said.replace(f" {mark}", mark)
    said = said.rstrip(" .,;")
    return f"{said}." if said else ""
