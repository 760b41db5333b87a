"""The YAML form of an inventory, entry by entry. What refers to another entry is checked by the loader.

Field descriptions are for people who edit the files.
"""

import re
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from inventory.model import ALWAYS, Equipped, Layer, Owner

_TARGET_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _matcher(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return text

    return AfterValidator(check)


def _shape(pattern: re.Pattern[str]) -> WithJsonSchema:
    """For editors (json_schema.py): the pattern that `_matcher` says in words."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$"})


def _visible(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("rule", "có ký tự ẩn hoặc xuống dòng; viết trên một dòng")
    if text != text.strip():
        raise PydanticCustomError("rule", "có dấu cách ở đầu hoặc cuối", {"hint": "xóa dấu cách đó"})
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
    _shape(_TARGET_ID),
]
Slug = Annotated[
    str,
    _matcher(_SLUG, "chỉ gồm a-z, 0-9, '-', bắt đầu bằng chữ hoặc số, tối đa 32 ký tự"),
    _shape(_SLUG),
]
Metric = Annotated[str, _matcher(_METRIC, "tên số đo chỉ gồm a-z, 0-9, '_'"), _shape(_METRIC)]
Seconds = Annotated[float, Field(ge=1, le=86_400)]
TimeoutSeconds = Annotated[float, Field(ge=0.1, le=300)]
Bandwidth = Annotated[float, Field(ge=1_000, le=10**13)]
Streak = Annotated[int, Field(ge=1, le=100)]


class Form(BaseModel):
    """Base of all forms: frozen, unknown keys are errors, numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AreaForm(Form):
    """`areas: {kt: {name: Kon Tum (cũ)}}`: a part of the province, usually a former province."""

    name: Text


class UnitForm(Form):
    """`units: {"21484": ...}`."""

    name: Text
    kind: Text
    """xã, phường, đặc khu, sở, ..."""
    area: Slug
    """An area's id; province for bodies of the whole province."""
    former_district: OptionalText = ""
    former_province: OptionalText = ""
    tile: Annotated[list[Annotated[int, Field(ge=0, le=99)]], Field(min_length=2, max_length=2)] | None = None
    """[column, row] on the tile grid of the overview, from 0."""
    former_names: list[Text] = []
    """Units before the mergers that became this one."""
    defaults: dict[str, Any] = {}
    """Timing, policy and calendar of all checks of the unit's targets, over their profiles."""
    profiles: dict[Slug, dict[str, Any]] = {}
    """Profile -> what is different here: calendar, policy, checks."""


class CircuitForm(Form):
    """`circuits: {id: ...}`: a leased line."""

    provider: Text
    contract_code: Code = ""
    hotline: Code = ""
    bandwidth_bps: Bandwidth | None = None
    """Contracted bandwidth in bit/s, both ways: 20 Mbit/s is 20000000."""
    bandwidth_up_bps: Bandwidth | None = None
    """Contracted bandwidth from the unit in bit/s, where it differs."""
    availability_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    """Contracted availability: 99.5 % is 0.995."""
    restore_time_s: Annotated[float, Field(ge=60, le=31_536_000)] | None = None
    """Contracted longest time to restore in seconds: 4 hours are 14400."""

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
            # With their values: one of the two may come from another level.
            both = {"warning": f"{self.warning:g}", "critical": f"{self.critical:g}"}
            if not self.below and self.warning > self.critical:
                message = "warning ({warning}) phải nhỏ hơn critical ({critical}), hoặc đặt below: true"
                raise PydanticCustomError("rule", message, both)
            if self.below and self.warning < self.critical:
                message = "có below: true thì warning ({warning}) phải lớn hơn critical ({critical})"
                raise PydanticCustomError("rule", message, both)
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
    calendar: Slug = ALWAYS
    """When the service is offered: outside of it nobody is told."""


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
    owner: Owner = Owner.LOCAL
    calendar: Slug | None = None
    policy: Slug | None = None
    checks: Annotated[dict[Slug, dict[str, Any]], Field(min_length=1)]


class UnitProfileForm(Form):
    """`units: {code: {profiles: {name: ...}}}`: what is different in this unit."""

    owner: Owner | None = None
    calendar: Slug | None = None
    policy: Slug | None = None
    checks: dict[Slug, dict[str, Any]] = {}


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
    owner: Owner | None = None
    """local, enterprise, central (recorded for the report, nobody is woken)."""
    powered_by: list[str] = []
    """UPS targets that feed it."""
    calendar: Slug | None = None
    policy: Slug | None = None
    checks: dict[Slug, dict[str, Any]] = {}


class SelectForm(Form):
    """Which units a template is for: all of the given conditions, any of the values of each. Empty: all units."""

    code: list[Code] = []
    kind: list[str] = []
    area: list[str] = []
    former_district: list[str] = []
    former_province: list[str] = []


class TemplateForm(Form):
    """One item of `each_unit`. `{code}` and `{name}` stand for the unit's in ids and texts."""

    select: SelectForm
    targets: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]


class AddressPlanForm(Form):
    """`address_plan`: the one part that a real province replaces."""

    ranges: list[Text] = []
    """Networks that are the province's own: an address of a target in none of them is an error, unless its owner is
    central or enterprise. Only these may be searched by `inventory discover`. Empty: not checked."""
    sites: dict[str, Text] = {}
    """Unit code -> network, "10.51.7.0/24"."""
    hosts: dict[str, Annotated[int, Field(ge=1, le=65_534)]] = {}
    """What follows "<unit code>." in a target's id -> host number in the site's network."""
    exact: dict[str, OptionalText] = {}
    """Target id -> address or URL; wins over everything else."""
