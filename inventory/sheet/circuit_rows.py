"""One row of circuits -> what it wants of the inventory, and everything that must be asked about it at once. Pure."""

import re
from typing import Final

from pydantic import TypeAdapter, ValidationError

from inventory.files.source import Place, YamlMap
from inventory.names import fold
from inventory.schema import CircuitForm, Slug
from inventory.sheet.choices import Doubt, number_in
from inventory.sheet.columns import CIRCUITS, FACTORS
from inventory.sheet.drafts import Draft, refuse_cells
from inventory.sheet.headings import Row
from inventory.sheet.known import Known
from inventory.validation import parse

_SLUG: Final[TypeAdapter[str]] = TypeAdapter(Slug)


def circuit_draft(row: Row, known: Known) -> Draft:
    """Read a row of circuits."""
    draft = Draft(CIRCUITS, row)
    refuse_cells(draft)
    draft.id = row.text("circuit_id")
    draft.known = known.circuits.get(draft.id)
    _ask_about_id(draft)
    for key in ("provider", "contract_code", "hotline"):
        if row.text(key):
            draft.given[key] = row.text(key)
    if draft.known is None and "provider" not in draft.given and "provider" not in draft.asked:
        draft.ask("provider", "đường truyền mới cần tên nhà mạng")
    for key, factor in FACTORS.items():
        if not row.text(key):
            continue
        number = number_in(row.text(key), row.cells[key].number)
        if isinstance(number, Doubt):
            draft.ask(key, number.question, number.candidates)
        else:
            # A cell formatted as a percentage holds 0.995 where 99,5 % is shown.
            is_ratio = key == "availability_ratio" and number <= 1
            draft.given[key] = float(f"{number if is_ratio else number * factor:.12g}")
    _ask_what_the_form_refuses(draft)
    return draft


def _ask_about_id(draft: Draft) -> None:
    if not draft.id:
        if "circuit_id" not in draft.asked:
            draft.ask("circuit_id", "thiếu mã đường truyền")
    elif draft.known is None and (wrong := _id_problem(draft.id)):
        proposed = re.sub("[^a-z0-9]+", "-", fold(draft.id)).strip("-")
        draft.ask("circuit_id", wrong, () if _id_problem(proposed) else (proposed,))


def _id_problem(id_: str) -> str:
    try:
        _SLUG.validate_python(id_)
    except ValidationError as error:
        return f"mã '{id_}' không dùng được: {error.errors()[0]['msg']}"
    return ""


def _ask_what_the_form_refuses(draft: Draft) -> None:
    """Ask already here about what trying the file out would find only once all other questions are answered."""
    data = YamlMap(Place("", 1))
    data.update({**(draft.known or {}), **draft.given})
    # The form itself says so only when every field is right.
    if "bandwidth_up_bps" in data and not {"bandwidth_bps"} & (data.keys() | draft.asked):
        draft.ask("bandwidth_bps", "có chiều lên thì phải có cả băng thông chiều về")
    form = parse(CircuitForm, data)
    for problem in form if isinstance(form, list) else ():
        if problem.path and problem.path not in draft.asked:
            draft.ask(problem.path, problem.message + (f"; {problem.hint}" if problem.hint else ""))
