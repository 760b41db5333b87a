"""The YAML form of an inventory, entry by entry. What refers to another entry is checked by the loader.

Field descriptions are for people who edit the files.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from inventory.model import Equipped, Layer

_TARGET_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _matcher(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return text

    return AfterValidator(check)


def _visible(text: str) -> str:
    if not all(letter.isprintable() for letter in text):
        raise PydanticCustomError("rule", "có ký tự ẩn hoặc xuống dòng; viết trên một dòng")
    if text != text.strip():
        raise PydanticCustomError("rule", "có dấu cách ở đầu hoặc cuối")
    return text


def _as_written(value: object) -> object:
    # A code of digits without quotes is the same text: the reader keeps 017, +84 and the like as text already.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_visible)]
OptionalText = Annotated[str, Field(max_length=200), AfterValidator(_visible)]
Code = Annotated[str, BeforeValidator(_as_written), Field(max_length=200), AfterValidator(_visible)]
"""A text that may consist of digits only and then needs no quotes."""
TargetId = Annotated[
    str,
    _matcher(
        _TARGET_ID, "mã đối tượng chỉ gồm a-z, 0-9, '.', '-', bắt đầu bằng chữ hoặc số, tối đa 64 ký tự"
    ),
]
Slug = Annotated[str, _matcher(_SLUG, "chỉ gồm a-z, 0-9, '-', bắt đầu bằng chữ hoặc số, tối đa 32 ký tự")]
Metric = Annotated[str, _matcher(_METRIC, "tên số đo chỉ gồm a-z, 0-9, '_'")]
Seconds = Annotated[float, Field(ge=1, le=86_400)]
TimeoutSeconds = Annotated[float, Field(ge=0.1, le=300)]
Bandwidth = Annotated[float, Field(ge=1_000, le=10**13)]
Streak = Annotated[int, Field(ge=1, le=100)]


class Form(BaseModel):
    """Base of all forms: frozen, unknown keys are errors, numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class UnitForm(Form):
    """`units: {"21484": ...}`."""

    name: Text
    kind: Text
    """xã, phường, đặc khu, sở, ..."""
    area: Literal["qn", "kt", "province"]
    """qn (Quảng Ngãi cũ), kt (Kon Tum cũ), province."""
    former_district: OptionalText = ""


class CircuitForm(Form):
    """`circuits: {id: ...}`: a leased line."""

    provider: Text
    contract_code: Code = ""
    hotline: Code = ""
    bandwidth_bps: Bandwidth | None = None
    """Contracted bandwidth in bit/s, both ways: 20 Mbit/s is 20000000."""
    bandwidth_up_bps: Bandwidth | None = None
    """Contracted bandwidth from the unit in bit/s, where it differs."""

    @model_validator(mode="after")
    def _has_both_ways(self) -> Self:
        if self.bandwidth_up_bps is not None and self.bandwidth_bps is None:
            raise PydanticCustomError("rule", "bandwidth_up_bps cần có bandwidth_bps")
        return self


class LayerForm(Form):
    """`layers: {central: {enabled: false}}`: one switch for all targets of a layer."""

    enabled: bool


class ThresholdForm(Form):
    """A limit on one metric; at least one of the two levels."""

    warning: float | None = None
    critical: float | None = None
    below: bool = False
    """True: the metric is bad when it is small."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.warning is None and self.critical is None:
            raise PydanticCustomError("rule", "cần ít nhất một trong warning, critical")
        if self.warning is not None and self.critical is not None:
            if not self.below and self.warning > self.critical:
                raise PydanticCustomError("rule", "warning phải nhỏ hơn critical (hoặc đặt below: true)")
            if self.below and self.warning < self.critical:
                raise PydanticCustomError("rule", "có below: true thì warning phải lớn hơn critical")
        return self


class TimingForm(Form):
    """How often and how patiently. Absent: from the level above, at last 60 s, 20 s, 5 s, 3 and 2."""

    interval_s: Seconds = 60.0
    retry_interval_s: Seconds | None = None
    """Between attempts while the streak is soft; default 20 s, never more than interval_s."""
    timeout_s: TimeoutSeconds | None = None
    """Deadline of one run; default 5 s, never more than retry_interval_s."""
    failures_to_down: Streak = 3
    successes_to_up: Streak = 2
    policy: Slug = "default"
    """Who is told: a policy of the daemon's settings."""


class CheckForm(TimingForm):
    """`checks: {label: ...}` after inheritance defaults -> profile -> target."""

    kind: str
    options: dict[str, Any] = {}
    thresholds: dict[Metric, ThresholdForm] = {}
    address: OptionalText | None = None
    """Template around a bare address, for example "https://{address}/"; {target} is the target's id."""
    enabled: bool = True


class ProfileForm(Form):
    """`profiles: {name: ...}`: a class of targets. Its first check is the primary (reachability) one."""

    layer: Layer
    impact: OptionalText = ""
    first_action: OptionalText = ""
    checks: Annotated[dict[Slug, dict[str, Any]], Field(min_length=1)]


class TargetForm(Form):
    """`targets: {id: ...}`, or one made by a template of `each_unit`."""

    name: Text
    unit: Code
    profile: str
    layer: Layer | None = None
    address: OptionalText | None = None
    """IP address, host name or URL; absent: from the address plan."""
    depends_on: list[str] = []
    circuit: Code | None = None
    anchor: bool = False
    equipped: Equipped = Equipped.YES
    enabled: bool = True
    impact: OptionalText | None = None
    first_action: OptionalText | None = None
    tags: list[Slug] = []
    checks: dict[Slug, dict[str, Any]] = {}


class SelectForm(Form):
    """Which units a template is for: all of the given conditions, any of the values of each. Empty: all units."""

    code: list[Code] = []
    kind: list[str] = []
    area: list[str] = []
    former_district: list[str] = []


class TemplateForm(Form):
    """One item of `each_unit`. `{code}` and `{name}` stand for the unit's in ids and texts."""

    select: SelectForm
    targets: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]


class AddressPlanForm(Form):
    """`address_plan`: the one part that a real province replaces."""

    sites: dict[str, str] = {}
    """Unit code -> network, "10.51.7.0/24"."""
    hosts: dict[str, Annotated[int, Field(ge=1, le=65_534)]] = {}
    """What follows "<unit code>." in a target's id -> host number in the site's network."""
    exact: dict[str, str] = {}
    """Target id -> address or URL; wins over everything else."""
