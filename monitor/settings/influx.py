"""Where series go besides the result log."""

from typing import Annotated, Literal

from pydantic import Field

from monitor.settings.base import Section


class InfluxSettings(Section):
    """Where series go; absent: nowhere (results.db keeps them)."""

    url: Annotated[str, Field(pattern=r"^https?://[^@]+$")]
    """Base URL of InfluxDB or VictoriaMetrics, without user-info."""
    api: Literal["v2", "v1"] = "v2"
    """v2: InfluxDB 2.x and 3, VictoriaMetrics. v1: InfluxDB 1.x (`/write`)."""
    org: str = "tslcd"
    """v2 only."""
    bucket: str = "tslcd"
    """v1: the database, or database/retention policy."""
    token_secret: str | None = None
    """Name of the secret that holds the API token (v1: `user:password`)."""
    batch_rows: Annotated[int, Field(ge=1, le=20_000)] = 2_000
    """Check results in one write."""
    catch_up_rows_per_s: Annotated[int, Field(ge=10, le=1_000_000)] = 5_000
    """What is behind goes at most this fast, beside what is fresh: a server that comes back is not flooded."""
