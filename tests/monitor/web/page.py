"""A page as tests read it: elements with their classes, attributes and text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr", "col"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: "list[Element | str]" = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        parts = [each if isinstance(each, str) else each.text for each in self.inside]
        return " ".join("".join(parts).split())

    def walk(self) -> "Iterator[Element]":
        yield self
        for each in self.inside:
            if isinstance(each, Element):
                yield from each.walk()

    def all(self, tag: str = "", of: str = "") -> "list[Element]":
        return [e for e in self.walk() if (not tag or e.tag == tag) and (not of or of in e.classes)]

    def one(self, tag: str = "", of: str = "") -> "Element":
        found = self.all(tag, of)
        assert len(found) == 1, f"{len(found)} x {tag}.{of}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    @property
    def is_closed(self) -> bool:
        return self._open == [self.root]


def read(html: str) -> Element:
    """Parse a page; every element must be closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.is_closed
    return reader.root
