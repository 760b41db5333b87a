"""Colours can be read: WCAG contrast of every pair in both themes and in print."""

import re
from pathlib import Path

import pytest

import monitor.web

CSS = (Path(monitor.web.__file__).parent / "static" / "site.css").read_text()
STATES = ("up", "degraded", "down", "affected", "unknown", "unwatched", "maintenance")
THEMES = ("light", "dark", "chosen", "print")


def themes() -> dict[str, dict[str, str]]:
    blocks = [
        dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))
        for block in re.findall(r":root[^{,]*(?:, :root[^{]*)?{([^}]*)}", CSS)
    ]
    light, by_device, by_choice, paper = blocks
    return {"light": light, "dark": light | by_device, "chosen": light | by_choice, "print": light | paper}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_a_state_can_be_read_and_seen(theme: str, state: str) -> None:
    colours = themes()[theme]
    fills = [colours[f"{state}-fill"]] + ([colours["unknown-hatch"]] if state == "unknown" else [])

    assert all(contrast(colours[f"{state}-text"], fill) >= 4.5 for fill in fills)
    assert contrast(colours[f"{state}-border"], colours["page"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_plain_text_can_be_read(theme: str) -> None:
    colours = themes()[theme]

    pairs = [(text, ground) for text in ("text", "soft", "link", "wrong") for ground in ("page", "panel")] + [
        ("bar-text", "bar-fill"),
        ("main-text", "main-fill"),
        ("danger-text", "danger-fill"),
    ]
    assert [(a, b) for a, b in pairs if contrast(colours[a], colours[b]) < 4.5] == []


@pytest.mark.parametrize("theme", THEMES)
def test_what_can_be_touched_has_an_edge_that_is_seen(theme: str) -> None:
    colours = themes()[theme]

    assert contrast(colours["edge"], colours["page"]) >= 3


def test_a_chosen_dark_theme_looks_as_that_of_the_device() -> None:
    assert themes()["chosen"] == themes()["dark"]


def test_a_chosen_light_theme_stays_light_on_a_dark_device() -> None:
    assert ':root:not([data-theme="light"])' in CSS
