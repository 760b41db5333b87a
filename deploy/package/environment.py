"""The program's own virtual environment as it lies under /opt, made by the Python that will run it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.package.lock import Wheel
from deploy.package.project import Project, run

HOME: Final = "/opt/tslcd-monitor/venv"
UNPACK: Final = Path(__file__).parent / "parts" / "unpack.py"


def make_environment(project: Project, wheels: Sequence[Wheel], program: Path, to: Path) -> None:
    """Make the environment in `to`, to be moved to HOME: the wheels, the program's own wheel, nothing else."""
    paths = [*(wheel.path for wheel in wheels), program]
    run(["/usr/bin/python3.11", "-I", UNPACK, to, HOME, *paths], project.epoch_s)
