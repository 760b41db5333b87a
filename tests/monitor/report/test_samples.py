"""The sample report in the documents is what its script writes today, to the byte."""

import runpy
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


@pytest.mark.slow
def test_the_sample_is_what_is_written_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path)])
    runpy.run_path(str(SAMPLES / "make.py"))["main"]()

    for suffix in ("docx", "xlsx", "pdf"):
        name = f"bao-cao-2026-11.{suffix}"
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), f"{name}: run `make samples`"


def test_the_samples_stay_small() -> None:
    assert sum(file.stat().st_size for file in SAMPLES.iterdir() if file.is_file()) < 2_000_000
