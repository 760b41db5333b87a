"""Templates of a province's own: opened, looked through, replaced by the built-in one when they cannot be used."""

import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from inventory.problem import Problem
from monitor.report.docx import styles
from monitor.report.docx.house import MARKS, house_document, opened
from monitor.wording import os_words

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 50_000_000
"""Unpacked; a template with a coat of arms has less than one million."""
_OWN_TEMPLATE: Final = (
    "chạy 'tslcd-monitor report template --to mau-bao-cao.docx' để lấy mẫu có sẵn rồi sửa trên đó"
)


@dataclass(frozen=True, slots=True)
class Template:
    """An open template. `problems`: what is wrong with the one that was asked for; `is_built_in`: whether it was replaced."""

    document: DocxDocument
    is_built_in: bool
    problems: tuple[Problem, ...] = ()


def open_template(path: Path | None) -> Template:
    """Open a template; the built-in one when none is named or the named one cannot be used. Never an exception."""
    if path is None:
        return Template(house_document(), is_built_in=True)
    document, problems = _look(path)
    if document is None:
        return Template(house_document(), is_built_in=True, problems=problems)
    _add_missing_styles(document)
    return Template(document, is_built_in=False, problems=problems)


def template_problems(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a template, with its remedy; none: it is used as it is."""
    return _look(path)[1]


def style_ids(document: DocxDocument) -> dict[str, str]:
    """Return name -> id of the styles a document needs, of those it has. Other programs write names in other letters."""
    wanted = {name.casefold(): name for name in styles.NAMES}
    found: dict[str, str] = {}
    for style in document.styles.element.iter(qn("w:style")):
        label = style.find(qn("w:name"))
        name = wanted.get("" if label is None else label.get(qn("w:val"), "").casefold())
        if name is not None and _is_of_kind(style, name):
            found[name] = style.get(qn("w:styleId"), "")
    return found


def marked(document: DocxDocument) -> Iterator[tuple[str, BaseOxmlElement]]:
    """Yield the marks that stand in a paragraph of their own, in reading order."""
    for line in document.element.body.iterchildren(qn("w:p")):
        words = _words(line).strip()
        if words in MARKS:
            yield words, line


def _look(path: Path) -> tuple[DocxDocument | None, tuple[Problem, ...]]:
    """Return the open template (None: it cannot be used) and what is wrong with it."""
    document, problem = _open(path)
    if document is None:
        return None, (problem,) if problem else ()
    faults = [Problem(str(path), 1, "", message, hint) for message, hint in _faults(document)]
    present = style_ids(document)
    missing = [name for name in styles.NAMES if name not in present]
    message = "thiếu kiểu {}, dùng kiểu có sẵn thay vào"
    hint = f"giữ nguyên tên các kiểu của mẫu có sẵn; {_OWN_TEMPLATE}"
    warnings = [Problem(str(path), 1, "", message.format(f"“{name}”"), hint) for name in missing]
    return (None if faults else document), (*faults, *warnings)


def _open(path: Path) -> tuple[DocxDocument | None, Problem | None]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            message = "mẫu báo cáo quá lớn (trên 50 MB khi giải nén)"
            return None, Problem(str(path), 1, "", message, "bỏ bớt ảnh trong mẫu")
        return opened(path.read_bytes()), None
    except OSError as error:
        message = f"không đọc được mẫu báo cáo ({os_words(error)})"
        return None, Problem(
            str(path), 1, "", message, f"kiểm tra đường dẫn và quyền đọc, hoặc {_OWN_TEMPLATE}"
        )
    except Exception:  # noqa: BLE001 - anybody's file: the libraries fail in many ways, the month's report comes all the same
        _LOG.info("the template %s does not open", path, exc_info=True)
        message = "mẫu báo cáo không phải tệp DOCX hoặc đã hỏng"
        return None, Problem(
            str(path), 1, "", message, f"mở bằng Word rồi lưu lại dạng .docx, hoặc {_OWN_TEMPLATE}"
        )


def _faults(document: DocxDocument) -> Iterator[tuple[str, str]]:
    """Yield (what, remedy) of what makes a template useless."""
    body = document.element.body
    found = [mark for mark, _ in marked(document)]
    missing = [mark for mark in MARKS if mark not in found]
    for mark in missing:
        if mark in _words(body):
            yield (
                f"đoạn đánh dấu {mark} nằm chung với chữ khác hoặc trong bảng",
                f"đặt {mark} ở một đoạn riêng, ngoài bảng",
            )
        else:
            yield f"thiếu đoạn đánh dấu {mark}", f"thêm dòng {mark}, hoặc {_OWN_TEMPLATE}"
    for mark in MARKS:
        if found.count(mark) > 1:
            yield f"đoạn đánh dấu {mark} có {found.count(mark)} lần", "chỉ để lại một"
    if not missing and len(found) == len(MARKS) and tuple(found) != MARKS:
        yield "các đoạn đánh dấu sai thứ tự", f"xếp theo thứ tự {', '.join(MARKS)}"
    sections = list(body.iter(qn("w:sectPr")))
    if len(sections) != 1 or sections[0].getparent() is not body:
        yield (
            "mẫu phải có đúng một phần (section)",
            "xóa các ngắt phần (Section Break); phụ lục tự sang phần riêng",
        )
    elif any(sections[0].find(qn(f"w:{tag}")) is None for tag in ("pgSz", "pgMar")):
        yield "mẫu không có khổ giấy hoặc lề", "đặt khổ A4 và lề trong Page Setup"


def _add_missing_styles(document: DocxDocument) -> None:
    present = style_ids(document)
    root = document.styles.element
    ids = {style.get(qn("w:styleId")) for style in root.iter(qn("w:style"))}
    for style, name in zip(styles.style_elements(), styles.NAMES, strict=True):
        if name in present:
            continue
        while style.get(qn("w:styleId")) in ids:
            style.set(qn("w:styleId"), f"{style.get(qn('w:styleId'))}x")
        ids.add(style.get(qn("w:styleId")))
        root.append(style)


def _is_of_kind(style: BaseOxmlElement, name: str) -> bool:
    kind: str = style.get(qn("w:type"), "")
    return kind == ("table" if name == styles.TABLE else "paragraph")


def _words(holder: BaseOxmlElement) -> str:
    return "".join(text.text or "" for text in holder.iter(qn("w:t")))
