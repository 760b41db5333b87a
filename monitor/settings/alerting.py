"""Waiting times, who is told, and when failures are told as one."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from inventory.model import ALWAYS, Layer
from inventory.times.texts import read_minute
from monitor.settings.base import PositiveSeconds, Section


def _minute(text: str) -> str:
    read_minute(text)
    return text


MinuteText = Annotated[str, AfterValidator(_minute)]
"""22:00"""
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Severity = Annotated[int, Field(ge=1, le=3)]


class StepSettings(Section):
    """One step of a policy."""

    to: Annotated[list[str], Field(min_length=1, max_length=50)]
    """People and groups of the on-call file (`ngoc`, `to-truc`), `rota:<name>`, or bare `channel:address`."""
    after_minutes: Annotated[float, Field(ge=0, le=10_080, allow_inf_nan=False)] = 0
    """So long after the first step, unless somebody took the incident by then."""
    hours: Literal["always", "working", "off"] = "always"
    """Only within, or only outside of, the policy's calendar."""
    every_channel: bool = False
    """On all of a person's addresses at once, not only on the first that works."""


class PolicySettings(Section):
    """Who is told, step by step. Without steps incidents are recorded and nobody is told."""

    steps: Annotated[list[StepSettings], Field(max_length=10)] = []
    repeat_minutes: Annotated[float, Field(ge=0, le=10_080, allow_inf_nan=False)] = 0
    """The last step is repeated so often while nobody takes the incident; 0: never."""
    calendar: str = ALWAYS
    """Calendar of the inventory that says what working hours are."""

    @model_validator(mode="after")
    def _is_a_ladder(self) -> Self:
        waits = [step.after_minutes for step in self.steps]
        if waits and waits[0] != 0:
            raise PydanticCustomError("rule", "bước đầu phải báo ngay: bỏ after_minutes ở bước đầu")
        if waits != sorted(waits):
            raise PydanticCustomError("rule", "after_minutes của bước sau không được nhỏ hơn bước trước")
        return self


class NightSettings(Section):
    """At night only what is urgent is told; the rest waits for the morning."""

    from_: Annotated[MinuteText, Field(alias="from")] = "22:00"
    to: MinuteText = "07:00"
    wakes: Annotated[int, Field(ge=0, le=3)] = 1
    """The least urgent severity that is told at night: 1 to 3; 0 nothing is."""


class GroupsSettings(Section):
    """When failures are told as one."""

    window_s: PositiveSeconds = 180
    """Failures with something in common, so close to each other, have one cause."""
    least: Annotated[int, Field(ge=2, le=1_000)] = 3
    share_ratio: Share = 0.6
    """Of what has it in common, at least so much must fail."""
    storm_least: Annotated[int, Field(ge=2, le=1_000)] = 4
    """So many failures of one layer within `storm_window_s` of each other are told as one, whatever they share."""
    storm_window_s: PositiveSeconds = 900
    gather_s: PositiveSeconds = 20
    """A message waits at most this long while others are being looked at."""
    change_ratio: Share = 0.1
    """A group is told anew when its size changed by so much,"""
    update_s: PositiveSeconds = 1_800
    """at most so often,"""
    digest_s: PositiveSeconds = 3_600
    """a storm so often."""
    back_ratio: Share = 0.9
    """A group is over when so much of it is back."""


class FlapsSettings(Section):
    """When coming and going is told as such."""

    reopen_s: PositiveSeconds = 900
    """What goes down again so soon after its recovery is the same incident,"""
    settle_s: PositiveSeconds = 120
    """told anew when it has been down for so long, and its end when it has been up for so long."""
    begin: Annotated[int, Field(ge=2, le=100)] = 3
    """So many times down within `window_s` is flapping,"""
    window_s: PositiveSeconds = 3_600
    stable_s: PositiveSeconds = 1_800
    """until it was up for so long,"""
    lost_s: PositiveSeconds = 900
    """or down for so long."""


class BriefSettings(Section):
    """The one line of the morning; on Mondays the week's silences half an hour later."""

    at: MinuteText = "07:00"
    to: Annotated[list[str], Field(max_length=50)] = []
    """As in a policy's step; empty: whoever the policy `default` tells first."""


class AlertingSettings(Section):
    """Waiting times (see docs/reference.md) and who is told."""

    group_wait_s: PositiveSeconds = 3
    recovery_wait_s: PositiveSeconds = 10
    parent_wait_s: PositiveSeconds = 180
    new_target_quiet_s: Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)] = 1800
    """Nobody is told of a target that a reload brought for so long."""
    degraded_wait_s: PositiveSeconds = 600
    """Something must be degraded for so long to be an incident."""
    groups: GroupsSettings = GroupsSettings()
    flaps: FlapsSettings = FlapsSettings()
    night: NightSettings | None = NightSettings()
    """null: everything is told at once, whatever the hour."""
    maintenance_messages: bool = True
    """Tell that maintenance is about to begin, began, is overdue, ended."""
    maintenance_ahead_minutes: Annotated[float, Field(gt=0, le=10_080, allow_inf_nan=False)] = 60
    """So long before it begins."""
    severities: dict[Layer, Severity] = {}
    """Layer -> how urgent the loss of one target is, 1 (wakes people) to 3; the others as documented."""
    policies: dict[str, PolicySettings] = {"default": PolicySettings()}
    """Policy name -> who is told, step by step."""
    brief: BriefSettings | None = BriefSettings()
    """null: none."""
    hand_over: bool = True
    """At each change of a shift, tell who leaves and who comes how things stand."""


class DeadManSettings(Section):
    """The sign of life that goes out while there is progress; whoever misses it raises the alarm. Absent: none does."""

    url_secret: str | None = None
    """Name of the secret that holds the URL it is POSTed to (who knows the URL can speak for us)."""
    mqtt_topic: Annotated[str, Field(pattern=r"^[^+#/\x00-\x1f]{1,60}$")] | None = None
    """It is published there below the topic of `mqtt_out`."""
    interval_s: Annotated[float, Field(ge=5, le=86_400, allow_inf_nan=False)] = 60
    late_s: PositiveSeconds = 900
    """None goes out while a message has been waiting for so long."""
