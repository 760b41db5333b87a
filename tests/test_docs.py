"""What the documents name exists, and what exists is named."""

import re
import runpy
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from alerts.model.checks import Blindness, Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CloseReason
from inventory.loader import load
from inventory.validation import PATTERN_WORDS
from monitor.cli.parser import build_parser
from monitor.settings.base import Section
from monitor.settings.settings import Settings, load_settings
from monitor.web.metrics import Metrics
from probes.reading import FailureReason
from tests.monitor.web.samples import province, snapshot_of

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPT = (ROOT / "monitor/web/static/app.js").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", REFERENCE))


def settings_keys(model: type[BaseModel] = Settings, prefix: str = "") -> set[str]:
    keys = set()
    for name, field in model.model_fields.items():
        sections = [
            part
            for part in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(part, type) and issubclass(part, Section)
        ]
        if sections:
            keys |= settings_keys(sections[0], f"{prefix}{name}.")
        else:
            keys.add(f"{prefix}{name}")
    return keys


def test_every_setting_is_in_the_reference() -> None:
    assert settings_keys() - CODE == set()


def test_every_reason_and_status_is_in_the_reference() -> None:
    words = {
        item.value
        for enum in (FailureReason, Blindness, CloseReason, Status, SuppressionReason)
        for item in enum
    }
    assert words - CODE == set()


def test_every_metric_is_in_the_reference_and_nothing_else() -> None:
    text = Metrics(CollectorRegistry()).exposition(snapshot_of(province())).decode()
    families = {family.name for family in text_string_to_metric_families(text)}
    ours = {name for name in families if name.startswith("tslcd_") and not name.endswith("_created")}
    named = {re.sub(r"_total$", "", name.partition("{")[0]) for name in CODE if name.startswith("tslcd_")}

    assert {name for name in ours if not name.startswith("tslcd_influx")} <= named
    assert {name for name in named if not name.startswith(("tslcd_influx", "tslcd_outbox_oldest"))} <= ours


def test_every_command_is_in_the_reference() -> None:
    actions = [action for action in build_parser()._actions if hasattr(action, "choices") and action.choices]
    commands = {name for action in actions for name in action.choices}
    assert {f"tslcd-monitor {name}" for name in commands} - {
        " ".join(entry.split()[:2]) for entry in CODE
    } == set()


def test_the_page_of_probes_is_what_the_code_says() -> None:
    page = runpy.run_path(str(ROOT / "docs/generate.py"))["page"]()

    assert (ROOT / "docs/probes.md").read_text(encoding="utf-8") == page, "run `make docs`"


def test_the_example_settings_and_the_shipped_inventory_load() -> None:
    settings = load_settings(ROOT / "deploy/tslcd-monitor.example.yaml")
    inventory = load(settings.inventory)
    assert {check.policy for check in inventory.checks.values()} <= settings.alerting.policies.keys()


def test_the_nginx_sample_leaves_the_stream_of_changes_unbuffered() -> None:
    sample = (ROOT / "deploy/nginx/tslcd-monitor.conf").read_text(encoding="utf-8")
    stream = sample.partition("location = ")[2]

    assert stream.partition(" ")[0] == re.search(r"EventSource\(`([^?]+)", SCRIPT)[1]  # type: ignore[index]
    assert "proxy_buffering off;" in stream


def test_the_readme_names_every_dependency() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.partition("dependencies = [")[2].partition("]\n")[0]
    names = {re.split(r"[\[<>=]", line.strip().strip('",'))[0] for line in block.splitlines() if line.strip()}
    assert {name for name in names if name not in README} == set()


def test_no_person_is_shown_a_regular_expression() -> None:
    sources = [*ROOT.glob("probes/**/*.py"), *ROOT.glob("monitor/settings/*.py")]
    patterns = {
        match
        for file in sources
        for match in re.findall(r'Field\(pattern=r"([^"]+)"', file.read_text("utf-8"))
    }
    assert patterns == set(PATTERN_WORDS)
