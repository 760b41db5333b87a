"""What the dashboards are made of: panels, queries, variables in Grafana's JSON (schema 39), no more of it than is needed."""  # noqa: INP001 (a script, not a package)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

SOURCE: Final[Json] = {"type": "influxdb", "uid": "tslcd"}
STATES: Final = (
    ("0", "Chưa rõ", "#8e8e8e"),
    ("1", "Hoạt động", "#56a64b"),
    ("2", "Suy giảm", "#e0b400"),
    ("3", "Mất kết nối", "#c4162a"),
)
STATE_MAPPINGS: Final[list[Json]] = [
    {"type": "value", "options": {value: {"text": text, "color": color, "index": int(value)}}}
    for value, text, color in STATES
]
WIDTH: Final = 24


@dataclass(frozen=True)
class Panel:
    """A panel: `queries` maps what its lines are called (Grafana's alias) to InfluxQL. `width` of 24, `height` in rows."""

    kind: str
    title: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    width: int = 12
    height: int = 8
    about: str = ""
    table: bool = False
    options: Json = field(default_factory=dict)
    custom: Json = field(default_factory=dict)
    defaults: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()


def lines(title: str, *queries: tuple[str, str], unit: str = "s", **more: Any) -> Panel:
    """Return a graph over time."""
    legend = {"displayMode": "table", "placement": "right", "calcs": ["mean", "max"]}
    return Panel(
        "timeseries",
        title,
        queries,
        unit=unit,
        options={"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}},
        **{"custom": {"spanNulls": False, "showPoints": "never", "lineWidth": 1}, **more},
    )


def number(title: str, query: str, *, color: str = "text", unit: str = "short", **more: Any) -> Panel:
    """Return one figure."""
    return Panel(
        "stat",
        title,
        [("", query)],
        unit=unit,
        options={"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "none"},
        defaults={"color": {"mode": "fixed", "fixedColor": color}, "noValue": "0"},
        **{"width": 4, "height": 4, **more},
    )


def bars(title: str, *queries: tuple[str, str], unit: str = "short", **more: Any) -> Panel:
    """Return one bar for each series' latest value."""
    return Panel(
        "bargauge",
        title,
        queries,
        unit=unit,
        options={
            "orientation": "horizontal",
            "displayMode": "basic",
            "reduceOptions": {"calcs": ["lastNotNull"]},
        },
        **more,
    )


def table(title: str, query: str, names: Mapping[str, str], *, state: str = "", **more: Any) -> Panel:
    """Return rows; `names` maps columns to headings; `state` is a column of status codes."""
    overrides = [
        {
            "matcher": {"id": "byName", "options": column},
            "properties": [{"id": "displayName", "value": heading}],
        }
        for column, heading in names.items()
    ]
    if state:
        properties = [
            {"id": "mappings", "value": STATE_MAPPINGS},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
        overrides.append({"matcher": {"id": "byName", "options": state}, "properties": properties})
    return Panel("table", title, [("", query)], table=True, overrides=overrides, **{"width": 24, **more})


def timeline(title: str, *queries: tuple[str, str], **more: Any) -> Panel:
    """Return states over time."""
    return Panel(
        "state-timeline",
        title,
        queries,
        options={
            "mergeValues": True,
            "showValue": "never",
            "rowHeight": 0.8,
            "legend": {"showLegend": False},
        },
        defaults={"mappings": STATE_MAPPINGS, "color": {"mode": "thresholds"}},
        **{"width": 24, **more},
    )


@dataclass(frozen=True)
class Variable:
    """A choice at the top of a dashboard, made by an InfluxQL query of tag values; "all" is the default."""

    name: str
    label: str
    query: str

    def json(self) -> Json:
        """Return it as Grafana keeps it."""
        return {
            "type": "query",
            "name": self.name,
            "label": self.label,
            "datasource": SOURCE,
            "query": self.query,
            "definition": self.query,
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["Tất cả"], "value": ["$__all"]},
        }


def dashboard(
    uid: str,
    title: str,
    panels: Sequence[Panel],
    *,
    variables: Sequence[Variable] = (),
    since: str = "now-6h",
) -> Json:
    """Return a dashboard; panels flow from left to right, and incidents are marked on every graph of it."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["tslcd"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": since, "to": "now"},
        "annotations": {"list": [_INCIDENTS]},
        "links": [
            {
                "type": "dashboards",
                "title": "Các bảng khác",
                "tags": ["tslcd"],
                "asDropdown": True,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "templating": {"list": [variable.json() for variable in variables]},
        "panels": list(_placed(panels)),
    }


_INCIDENTS: Final[Json] = {
    "name": "Sự cố",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "red",
    "query": 'SELECT "title", "text", "kind" FROM "incident" WHERE $timeFilter',
    "titleColumn": "title",
    "textColumn": "text",
    "tagsColumn": "kind",
}


def _placed(panels: Sequence[Panel]) -> list[Json]:
    placed: list[Json] = []
    x = y = row_height = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > WIDTH:
            x, y, row_height = 0, y + row_height, 0
        placed.append(_json(panel, number, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
        x, row_height = x + panel.width, max(row_height, panel.height)
    return placed


def _json(panel: Panel, number: int, place: Mapping[str, int]) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": dict(place),
        "options": panel.options,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "custom": panel.custom, **panel.defaults},
            "overrides": list(panel.overrides),
        },
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": SOURCE,
                "rawQuery": True,
                "query": query,
                "resultFormat": "table" if panel.table else "time_series",
                "alias": alias,
            }
            for index, (alias, query) in enumerate(panel.queries)
        ],
    }
