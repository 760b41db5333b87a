"""Colours of pictures on a light and on a dark page, measured for colour-blind eyes. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from monitor.series.smoke import LossClass

LOSS_LIGHT: Final[Mapping[LossClass, str]] = MappingProxyType(
    {
        LossClass.NONE: "#2f7d5b",
        LossClass.TO_2: "#6f63c9",
        LossClass.TO_5: "#b8720a",
        LossClass.TO_20: "#d1495b",
        LossClass.BELOW_100: "#86144b",
        LossClass.ALL: "#000000",
    }
)
LOSS_DARK: Final[Mapping[LossClass, str]] = MappingProxyType(
    {
        LossClass.NONE: "#4fbf8c",
        LossClass.TO_2: "#a79df2",
        LossClass.TO_5: "#e0a83a",
        LossClass.TO_20: "#ff7b88",
        LossClass.BELOW_100: "#ff9ed0",
        LossClass.ALL: "#ffffff",
    }
)


@dataclass(frozen=True, slots=True)
class Palette:
    """One page's colours."""

    page: str
    text: str
    soft: str
    line: str
    smoke: str
    """Of the bands, the lighter the wider."""
    maintenance: str
    incident: str
    hole: str
    loss: Mapping[LossClass, str]


LIGHT: Final = Palette(
    page="#ffffff",
    text="#1b222c",
    soft="#4d5866",
    line="#cfd5dd",
    smoke="#33404f",
    maintenance="#9cbdf5",
    incident="#b42318",
    hole="#cfd5dd",
    loss=LOSS_LIGHT,
)
DARK: Final = Palette(
    page="#0f1419",
    text="#e6ebf1",
    soft="#a7b1be",
    line="#35404e",
    smoke="#b8c4d2",
    maintenance="#2f5aa8",
    incident="#ff6b5e",
    hole="#3d4a5a",
    loss=LOSS_DARK,
)
