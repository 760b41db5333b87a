"""Folders of YAML for tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

WriteFiles = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> WriteFiles:
    """Write `name="content"` as files `name.yaml` of a folder and return the folder."""

    def write_files(folder: str = "danh-muc", **contents: str) -> Path:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for name, content in contents.items():
            (path / f"{name}.yaml").write_text(content)
        return path

    return write_files
