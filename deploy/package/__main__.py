"""`python -m deploy.package wheel|deb|bundle|sbom`: build one of them into dist/ and print where it is."""

import argparse
import tempfile
from pathlib import Path

from deploy.package.bill import write_bill
from deploy.package.bundle import build_bundle
from deploy.package.debian import build_deb
from deploy.package.lock import fetched, locked
from deploy.package.project import build_wheel, here


def main() -> None:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m deploy.package", description=__doc__)
    parser.add_argument("what", choices=("wheel", "deb", "bundle", "sbom"))
    parser.add_argument("--to", type=Path, default=here().root / "dist", help="folder of the result")
    arguments = parser.parse_args()
    project, to = here(), arguments.to.absolute()
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tslcd-package-") as name:
        work = Path(name)
        if arguments.what == "wheel":
            print(build_wheel(project, work, to))  # noqa: T201 (its answer)
            return
        wheels = fetched(locked(project), project.root / "build" / "wheels")
        if arguments.what == "sbom":
            print(write_bill(project, wheels, to / "tslcd-monitor.cdx.json"))  # noqa: T201
            return
        build = build_deb if arguments.what == "deb" else build_bundle
        program = build_wheel(project, work, work)
        print(build(project, wheels, program, work, to))  # noqa: T201


if __name__ == "__main__":
    main()
