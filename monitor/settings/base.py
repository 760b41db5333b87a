"""What all sections of the settings share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from inventory.problem import near_miss
from probes.kinds import KINDS
from probes.resolve import ip_literal


def known_kind(name: str) -> str:
    """Refuse a kind of check that does not exist."""
    if name not in KINDS:
        hint = near_miss(name, KINDS) or "các loại: " + ", ".join(sorted(KINDS))
        raise PydanticCustomError("rule", "không có loại phép đo '{name}'", {"name": name, "hint": hint})
    return name


def known_address(host: str) -> str:
    """Refuse anything but an IP address."""
    if ip_literal(host) is None:
        hint = "ví dụ 10.51.250.10, hoặc 127.0.0.1 khi chỉ nghe trên chính máy này"
        raise PydanticCustomError(
            "rule", "cần địa chỉ IP của máy này, đang là '{host}'", {"host": host, "hint": hint}
        )
    return host


KindName = Annotated[str, AfterValidator(known_kind)]
WayName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""What an address on a channel of several ways names."""
PositiveSeconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Section(BaseModel):
    """Base of all sections: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
