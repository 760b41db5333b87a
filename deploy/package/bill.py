"""The bill of materials (CycloneDX 1.6, JSON): every package that is installed, with its hash, licence and needs."""

import re
import uuid
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.package.lock import Wheel
from deploy.package.project import NAME, Project

# Name, version, kind and hash of each file, as the list beside them says.
_VENDORED: Final = re.compile(r"^(\S+)\s+(\S+) (\S+) \(npm\)\s+([0-9a-f]{64})$", re.MULTILINE)
_SEEN: Final = {"pysnmp": "BSD-2-Clause"}
"""Read in the licence file of a package whose metadata name none."""
_LONGEST_NAME: Final = 100
"""A licence field beyond this is the licence's whole text, no name."""


def write_bill(project: Project, wheels: Sequence[Wheel], to: Path) -> Path:
    """Write the bill of what a build installs; returns its path."""
    program = Component(
        name=NAME,
        version=project.version,
        type=ComponentType.APPLICATION,
        bom_ref=NAME,
        licenses=[LicenseExpression("Apache-2.0")],
    )
    metadata = BomMetaData(component=program, timestamp=datetime.fromtimestamp(project.epoch_s, UTC))
    described = {wheel.of.name: _metadata_of(wheel.path) for wheel in wheels}
    components = {wheel.of.name: _component(wheel, described[wheel.of.name]) for wheel in wheels}
    vendored = _vendored(project.root / "monitor" / "web" / "static" / "vendor" / "THIRD_PARTY.txt")
    # One number for one content: a random one would make each build another.
    content = "\n".join(sorted(f"{wheel.of.name} {wheel.sha256}" for wheel in wheels))
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME} {project.version} {project.epoch_s}\n{content}")
    bom = Bom(components=[*components.values(), *vendored], metadata=metadata, serial_number=number)
    for name, component in components.items():
        needs = _needs(described[name])
        bom.register_dependency(component, [components[need] for need in needs if need in components])
    bom.register_dependency(program, [*components.values(), *vendored])
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(JsonV1Dot6(bom).output_as_string(indent=1) + "\n", encoding="utf-8")
    return to


def _component(wheel: Wheel, metadata: Message) -> Component:
    return Component(
        name=wheel.of.name,
        version=wheel.of.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{wheel.of.name}=={wheel.of.version}",
        purl=PackageURL("pypi", None, wheel.of.name, wheel.of.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=wheel.sha256)],
        licenses=_licence(wheel.of.name, metadata),
    )


def _licence(name: str, metadata: Message) -> list[License]:
    """Return the licence as its authors wrote it: an SPDX expression, a name, or the trove classifiers."""
    told = metadata.get("License-Expression") or metadata.get("License") or _SEEN.get(name, "")
    try:
        return [LicenseExpression(str(canonicalize_license_expression(told)))]
    except InvalidLicenseExpression:
        pass
    if told and "\n" not in told and len(told) < _LONGEST_NAME:
        return [DisjunctiveLicense(name=told)]
    classifiers = (
        each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if "License ::" in each
    )
    return [DisjunctiveLicense(name=name) for name in sorted(set(classifiers))]


def _needs(metadata: Message) -> list[str]:
    needs = (Requirement(text) for text in metadata.get_all("Requires-Dist", []))
    wanted = (need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""}))
    return sorted({canonicalize_name(need.name) for need in wanted})


def _metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def _vendored(listing: Path) -> list[Component]:
    """Return the scripts that pages load, each from its own line in the list beside them."""
    return [
        Component(
            name=name,
            version=version,
            type=ComponentType.FILE,
            bom_ref=f"static/vendor/{file}",
            purl=PackageURL("npm", None, name, version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        )
        for file, name, version, sha256 in _VENDORED.findall(listing.read_text(encoding="utf-8"))
    ]
