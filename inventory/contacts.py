"""People of the units, in a file of its own that only the service may read: no part of the inventory or its versions.

Nothing told about the file quotes what it says of a person. No network.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from inventory.files.reader import read_document
from inventory.files.source import Document, YamlList, YamlMap, problem_at
from inventory.names import unit_hint
from inventory.problem import Problem, collapse
from inventory.schema import Code, Form, OptionalText, Text
from inventory.validation import parse

_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{5,19}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_PEOPLE = 50
"""Of one unit."""
_TOO_OPEN = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO
_CODE = re.compile(r"[0-9]{5}|[a-z][a-z-]{0,31}")
_STEP = re.compile(r"(?<!\.)\[[0-9]+\]|[^.]+?(?=\.|\[[0-9]+\]|$)")
"""One step of a dotted path: a number in brackets or a key."""
_PLACE = re.compile(r"\[[0-9]+\]")
_QUOTED = re.compile(r"'.*'")
"""From the first quote to the last: names like H'Hen have quotes of their own."""


def _phone(text: str) -> str:
    if text and not _PHONE.fullmatch(text):
        raise PydanticCustomError("rule", "không phải số điện thoại", {"hint": 'viết như "0912 345 678"'})
    return text


def _mail(text: str) -> str:
    if text and not _MAIL.fullmatch(text):
        hint = "chỉ viết địa chỉ, ví dụ truc@example.gov.vn"
        raise PydanticCustomError("rule", "không phải địa chỉ thư điện tử", {"hint": hint})
    return text


Phone = Annotated[Code, AfterValidator(_phone)]
Mail = Annotated[OptionalText, AfterValidator(_mail)]


class PersonForm(Form):
    """One person of a unit."""

    name: Text
    role: OptionalText = ""
    """What the person is there for: "Văn phòng", "CNTT"."""
    phone: Phone = ""
    """In quotes, or the leading 0 is lost in other programs."""
    email: Mail = ""
    zalo: Phone = ""
    """The number of the Zalo account."""

    def __repr__(self) -> str:
        """Show nothing of the person: a representation ends in logs."""
        return "PersonForm()"

    __str__ = __repr__


class PeopleForm(Form):
    """The people of one unit, as a form of its own so that one wrong entry does not hide the next."""

    people: Annotated[list[PersonForm], Field(max_length=_MOST_PEOPLE)]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who is to be asked about a unit. `problems` holds what is wrong; what is right can be used all the same."""

    people: Mapping[str, tuple[PersonForm, ...]] = field(default_factory=dict, repr=False)
    """Unit code -> its people, in the order of the file."""
    problems: tuple[Problem, ...] = ()

    def contacts_of(self, code: str) -> tuple[PersonForm, ...]:
        """Return the people of a unit, () when none are known."""
        return self.people.get(code, ())


def read_contacts(path: Path, units: Mapping[str, str] | None) -> Contacts:
    """Read the file; refuses one that others may read. `units` maps codes to names, None: codes are not checked."""
    refusal = refuse_open_file(path, "danh bạ")
    if refusal is not None:
        return Contacts(problems=(refusal,))
    return parse_contacts(read_document(path), units)


def refuse_open_file(path: Path, what: str) -> Problem | None:
    """Return what is wrong when others than its group may read or change a file about people; `what` names it."""
    try:
        status = path.lstat()
    except OSError:
        return None  # the reader says why
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode) or not mode & _TOO_OPEN:
        return None
    message = f"người ngoài đọc hoặc sửa được {what} (quyền {mode:04o})"
    return Problem(str(path), 1, "", message, f"chạy chmod 640 {path}")


def parse_contacts(document: Document, units: Mapping[str, str] | None) -> Contacts:
    """Take the people out of a file that was read; see `read_contacts`."""
    problems = [_discreet(problem) for problem in document.problems]
    data = document.data
    if data is None:
        return Contacts(problems=collapse(problems))
    problems += [
        _discreet(problem_at(data, (key,), "không có khóa này", hint="chỉ có một khóa: contacts"))
        for key in data
        if key != "contacts"
    ]
    section = data.get("contacts")
    if not isinstance(section, YamlMap):
        if section is not None:
            problems.append(problem_at(data, ("contacts",), "cần các cặp 'mã đơn vị: danh sách người'"))
        section = YamlMap(data.place)
    people: dict[str, tuple[PersonForm, ...]] = {}
    for code, entry in section.items():
        if units is not None and code not in units:
            hint = unit_hint(code, units) or "sửa mã, hoặc bỏ đơn vị này"
            problems.append(
                problem_at(section, (code,), "không có đơn vị mã này", hint=hint, under="contacts")
            )
            problems[-1] = _discreet(problems[-1])
        form = _people(section, code, entry)
        if isinstance(form, PeopleForm):
            people[code] = tuple(form.people)
        else:
            problems += form
    return Contacts(people, collapse(problems))


def _people(section: YamlMap, code: str, entry: object) -> PeopleForm | list[Problem]:
    if not isinstance(entry, YamlList):
        hint = "mỗi người một mục, bắt đầu bằng '- name:'"
        return [problem_at(section, (code,), "cần danh sách người", hint=hint, under="contacts")]
    wrapped = YamlMap(section.places[code])
    wrapped.put("people", entry, section.places[code])
    form = parse(PeopleForm, wrapped, under=f"contacts.{code}")
    if not isinstance(form, list):
        return form
    return [_discreet(replace(each, path=each.path.replace(".people", "", 1))) for each in form]


def _discreet(problem: Problem) -> Problem:
    """Leave out what the file says: its values, and keys that may be a person's name."""
    message = problem.message.partition(", đang là ")[0]
    message = _QUOTED.sub(lambda match: match[0] if _is_plain(match[0].strip("'")) else "'…'", message)
    hint = "" if "đặt trong dấu nháy: " in problem.hint else problem.hint
    path = _STEP.sub(
        lambda match: match[0] if _is_plain(match[0]) or _PLACE.fullmatch(match[0]) else "…", problem.path
    )
    return replace(problem, path=path, message=message, hint=hint)


def _is_plain(step: str) -> bool:
    return step in {"contacts", "people", *PersonForm.model_fields} or _CODE.fullmatch(step) is not None
