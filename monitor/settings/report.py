"""How the monthly report is written: who sends it to whom, which figures are aimed at, when it is made."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alerts.model.incident import Side
from inventory.model import Layer
from monitor.settings.alerting import MinuteText
from monitor.settings.base import Section

Ratio = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ReportSettings(Section):
    """The monthly report, and what goes with it."""

    head: Literal["state", "party"] = "state"
    """state: Quốc hiệu, Tiêu ngữ (NĐ 30/2020/NĐ-CP); party: head of documents of the Party."""
    parent: Line | None = None
    """Body above the issuer; absent: "UBND TỈNH" and the province."""
    issuer: Line = "Sở Khoa học và Công nghệ"
    """As within a sentence; the head has it in capitals."""
    number_code: Line = "BC-SKHCN"
    """What stands behind the number: "Số: …/BC-SKHCN"."""
    place: Line | None = None
    """Absent: the province."""
    addressees: list[Line] = ["Ủy ban nhân dân tỉnh"]
    recipients: list[Line] = ["Như trên", "Sở KHCN: GĐ, PGĐ, VP", "Lưu: VT, BCVT&CĐS"]
    signature: list[Line] = ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]
    signer: Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    legal_basis: Line | None = None
    """In the opening sentence; absent: a general one."""
    difficulties_title: Line = "Khó khăn, hạn chế và nguyên nhân"
    """Title of section 2."""
    sides: Annotated[list[Side], Field(min_length=1)] = [
        Side.CENTRAL,
        Side.ENTERPRISE,
        Side.LOCAL,
        Side.OBJECTIVE,
    ]
    """How causes are split, in this order; those of a side that is not named stand under the last one."""
    month: Literal["calendar", "administrative"] = "calendar"
    """Which month is drafted by itself: the 1st to the last, or 15 to 14 (`accounting.month_begins_on`)."""
    target_ratios: dict[Layer, Ratio] = {}
    """Layer -> availability that is aimed at, as contracted (no regulation names one); absent: none is printed."""
    repeated_at_least: Annotated[int, Field(ge=2, le=1_000)] = 3
    """So many outages of one line in a period are repeated."""
    long_hours: Annotated[float, Field(gt=0, le=744)] = 4
    """An outage beyond this is long."""
    listed_minutes: Annotated[float, Field(ge=0, le=44_640)] = 60
    """The appendix lists incidents from this length on."""
    degraded_hours: Annotated[float, Field(ge=0, le=744)] = 2
    """Lines degraded for longer than this in a period are spoken of."""
    mcu_ports: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many points the MCU carries at once."""
    not_the_carriers: list[
        Literal["power", "device", "software", "disaster", "maintenance", "central", "other"]
    ] = [
        "power",
        "device",
        "disaster",
        "maintenance",
    ]
    """Confirmed causes whose time does not count against the carrier's contract."""
    sentences: Path | None = None
    """File with rules that win over the shipped ones, relative to this file; absent: none."""
    template: Path | None = None
    """DOCX with styles, head and marks, relative to this file; absent: the built-in one."""
    writers: Annotated[list[str], Field(max_length=20)] = []
    """Who gets the draft by mail: people of the on-call file, or bare `email:address`; empty: nobody."""
    at: MinuteText = "06:30"
    """Wall time of the first day after a period at which its draft is made."""
    formats: Annotated[list[Literal["docx", "xlsx", "pdf", "csv", "html"]], Field(min_length=1)] = [
        "docx",
        "xlsx",
        "pdf",
    ]
    """What is made by itself."""
    weekly: bool = True
    """Also every Monday a page about the week before."""
