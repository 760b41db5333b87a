"""Waiting times, and who is told."""

from typing import Annotated, Literal

from pydantic import Field

from monitor.settings.base import PositiveSeconds, Section


class RouteSettings(Section):
    """One recipient of a policy: `channel` is a channel's name, `to` its address there."""

    channel: Literal["email", "file"]
    to: str = ""


class AlertingSettings(Section):
    """Waiting times (see docs/reference.md) and who is told."""

    group_wait_s: PositiveSeconds = 5
    recovery_wait_s: PositiveSeconds = 10
    parent_wait_s: PositiveSeconds = 180
    new_target_quiet_s: Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)] = 1800
    """Nobody is told of a target that a reload brought for so long."""
    policies: dict[str, list[RouteSettings]] = {"default": []}
    """Policy name -> recipients. A policy with an empty list records incidents and tells nobody."""
