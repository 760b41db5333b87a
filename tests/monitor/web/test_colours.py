"""Colours can be read: WCAG contrast of every pair in both themes and in print."""

import re
from pathlib import Path

import pytest

import monitor.web

CSS = (Path(monitor.web.__file__).parent / "static" / "site.css").read_text()
STATES = ("up", "degraded", "down", "affected", "unknown", "unwatched")


def themes() -> dict[str, dict[str, str]]:
    blocks = [
        dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))
        for block in re.findall(r":root\s*{([^}]*)}", CSS)
    ]
    light, dark, paper = blocks
    return {"light": light, "dark": light | dark, "print": light | paper}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_can_be_read_and_seen(theme: str, state: str) -> None:
    colours = themes()[theme]
    fills = [colours[f"{state}-fill"]] + ([colours["unknown-hatch"]] if state == "unknown" else [])

    assert all(contrast(colours[f"{state}-text"], fill) >= 4.5 for fill in fills)
    assert contrast(colours[f"{state}-border"], colours["page"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_plain_text_can_be_read(theme: str) -> None:
    colours = themes()[theme]

    pairs = [(text, ground) for text in ("text", "soft", "link") for ground in ("page", "panel")] + [
        ("bar-text", "bar-fill")
    ]
    assert [(a, b) for a, b in pairs if contrast(colours[a], colours[b]) < 4.5] == []
