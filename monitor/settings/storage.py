"""How long series are kept, how they are copied, and how periods are counted."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from monitor.settings.base import Section

YEARS_5: int = 1_827
MONTHS_13: int = 397


class RetentionSettings(Section):
    """How many days results.db keeps what; transitions and incidents are kept for ever. `db stats` says what it takes."""

    raw_days: Annotated[int, Field(ge=1, le=3_660)] = 35
    """Every single result, with every round trip."""
    five_minutes_days: Annotated[int, Field(ge=1, le=36_600)] = MONTHS_13
    """Buckets of 5 minutes."""
    hours_days: Annotated[int, Field(ge=1, le=36_600)] = YEARS_5
    """Buckets of an hour."""
    days_days: Annotated[int, Field(ge=1, le=36_600)] = YEARS_5
    """Buckets of a day."""


class BackupSettings(Section):
    """A verified copy of the databases every night."""

    enabled: bool = True
    folder: Path | None = None
    """Where copies go; absent: `backups` in state_dir. Another disk is better. Created with mode 0700."""
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "01:40"
    """Wall time of the nightly copy."""
    keep_days: Annotated[int, Field(ge=1, le=366)] = 7
    """How many daily copies are kept."""
    keep_weeks: Annotated[int, Field(ge=0, le=520)] = 4
    """How many further copies, one a week."""
    keep_months: Annotated[int, Field(ge=0, le=120)] = 12
    """How many further copies, one a month."""
    with_results: bool = False
    """Copy results.db too: it is large, and nothing official is counted from it."""


class AccountingSettings(Section):
    """How availability is counted."""

    month_begins_on: Annotated[int, Field(ge=1, le=28)] = 15
    """First day of an administrative month, which is named by the month it ends in: 15/10 to 14/11 (NĐ 09/2019 Điều 12)."""
    least_coverage_ratio: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Below this share of known time no percentage is given."""
    second_person: bool = True
    """A correction needs the name of an approver other than the person who makes it."""
