"""Levels laid over each other: against a naive model, and each value at the line that says it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.inheritance import Level
from inventory.loader import assemble, load, load_with_warnings
from inventory.model import Check, Inventory
from inventory.problem import InventoryError
from inventory.resolved import Resolved, resolve
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parent / "base.yaml"
Document = dict[str, Any]

TIMING = {
    "interval_s": st.integers(60, 90),
    "retry_interval_s": st.integers(20, 40),
    "timeout_s": st.integers(2, 9),
    "failures_to_down": st.integers(1, 5),
    "successes_to_up": st.integers(1, 5),
    "policy": st.sampled_from(["default", "a", "b"]),
    "calendar": st.sampled_from(["24x7", "ca-ngay"]),
}
TOP = {key: TIMING[key] for key in ("policy", "calendar")}
OWNER = {"owner": st.sampled_from(["local", "enterprise", "central"])}
PROGRAM = {
    "interval_s": 60,
    "retry_interval_s": 20,
    "timeout_s": 5,
    "failures_to_down": 3,
    "successes_to_up": 2,
    "policy": "default",
    "calendar": "24x7",
}
OPTIONS = {
    "icmp": {"payload_bytes": st.integers(24, 99), "dscp": st.integers(0, 9)},
    "tcp": {"port": st.integers(1, 9)},
}
LIMIT = st.fixed_dictionaries({"warning": st.integers(1, 9)})
METRICS = {"icmp": ("rtt_p50_s", "jitter_s"), "tcp": ("connect_s",)}


@st.composite
def checks(draw: st.DrawFn, *, of_profile: bool = False) -> Document:
    """A check that states its kind and what only this kind has, or one that changes its timing only."""
    found: Document = dict(draw(st.fixed_dictionaries({}, optional=TIMING)))
    if of_profile or draw(st.booleans()):
        kind = draw(st.sampled_from(sorted(OPTIONS)))
        needed = {"port": OPTIONS["tcp"]["port"]} if kind == "tcp" else {}
        found["kind"] = kind
        found["options"] = draw(st.fixed_dictionaries(needed, optional=OPTIONS[kind] if not needed else {}))
        found["thresholds"] = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(METRICS[kind], LIMIT)))
    return found


@st.composite
def levels(draw: st.DrawFn, *, of_profile: bool = False) -> Document:
    """A profile, a unit's version of it or a target, as far as they are alike."""
    found: Document = dict(draw(st.fixed_dictionaries({}, optional={**TOP, **OWNER})))
    if of_profile or draw(st.booleans()):
        found["checks"] = {"do": draw(checks(of_profile=of_profile))}
    return found


@st.composite
def documents(draw: st.DrawFn) -> Document:
    timing = st.fixed_dictionaries({}, optional=TIMING)
    return {
        "areas": {"qn": {"name": "Quảng Ngãi (cũ)"}},
        "calendars": {"ca-ngay": {"name": "Cả ngày", "hours": {"mon-sun": ["00:00-24:00"]}}},
        "defaults": draw(timing),
        "profiles": {"p": {"layer": "tslcd", **draw(levels(of_profile=True))}},
        "units": {
            "u": {
                "name": "Xã Ba Tơ",
                "kind": "xã",
                "area": "qn",
                "defaults": draw(timing),
                "profiles": {"p": draw(levels())},
            }
        },
        "targets": {
            "t": {"name": "T", "unit": "u", "profile": "p", "address": "192.0.2.9", **draw(levels())}
        },
    }


def said(document: Document) -> Iterator[tuple[Level, Document, bool]]:
    """Yield level, what it says and whether that is an entry of checks, weakest first."""
    unit = document["units"]["u"]
    entries = [
        (Level.PROFILE, document["profiles"]["p"]),
        (Level.UNIT, unit["profiles"]["p"]),
        (Level.TARGET, document["targets"]["t"]),
    ]
    yield Level.DEFAULTS, document["defaults"], False
    owners = [(level, entry["owner"]) for level, entry in entries if "owner" in entry]
    if owners and owners[-1][1] == "central":
        yield owners[-1][0], {"policy": "record-only"}, False
    for level, entry in entries:
        if level is Level.UNIT:
            yield level, unit["defaults"], False
        yield level, {key: entry[key] for key in TOP if key in entry}, False
        if "checks" in entry:
            yield level, entry["checks"]["do"], True


def model(document: Document) -> dict[str, tuple[object, Level]]:
    """Return every stated or default value of the check by dotted path, with the level that decides it."""
    held: dict[str, tuple[object, Level, bool]] = {
        key: (value, Level.PROGRAM, False) for key, value in PROGRAM.items()
    }
    under: list[dict[str, tuple[object, Level, bool]]] = [held]
    for level, entry, is_check in said(document):
        if is_check and entry.get("kind", held.get("kind", (None,))[0]) != held.get("kind", (None,))[0]:
            # Another kind: as if no entry of checks had been there.
            held = under[0] | {k: v for each in under[1:] for k, v in each.items() if not v[2]}
        flat = {
            **{key: value for key, value in entry.items() if key not in {"options", "thresholds"}},
            **{f"options.{key}": value for key, value in entry.get("options", {}).items()},
            **{f"thresholds.{key}.warning": v["warning"] for key, v in entry.get("thresholds", {}).items()},
        }
        step: dict[str, tuple[object, Level, bool]] = {
            key: (value, level, is_check) for key, value in flat.items()
        }
        under.append(step)
        held = held | step
    return {key: (value, level) for key, (value, level, _) in held.items()}


def stated(check: Check) -> dict[str, object]:
    options = check.options.model_dump()
    return {
        "kind": check.kind,
        **{key: getattr(check, key) for key in PROGRAM},
        **{f"options.{key}": options[key] for keys in OPTIONS.values() for key in keys if key in options},
        **{f"thresholds.{limit.metric}.warning": limit.warning for limit in check.thresholds},
    }


def write_down(document: Document, folder: str) -> Path:
    file = Path(folder) / "tinh.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=False))
    return file


@settings(max_examples=60, deadline=None)
@given(documents())
def test_the_strongest_level_decides_each_value_by_itself(document: Document) -> None:
    with TemporaryDirectory() as folder:
        check = load_with_warnings([write_down(document, folder)], profiles=None).inventory.checks["t/do"]

    found = stated(check)
    wanted = {key: value for key, (value, _) in model(document).items()}
    assert {key: found[key] for key in wanted} == wanted
    assert {key for key in found if key.startswith("thresholds")} == {
        key for key in wanted if key.startswith("thresholds")
    }


@settings(max_examples=40, deadline=None)
@given(documents())
def test_each_value_is_traced_to_the_level_and_the_line_that_says_it(document: Document) -> None:
    with TemporaryDirectory() as folder:
        file = write_down(document, folder)
        lines = file.read_text().splitlines()
        found = {
            each.path.removeprefix("checks.do."): each
            for each in resolve(assemble([file], profiles=None), "t")
            if each.path.startswith("checks.do.")
        }

    for path, (value, level) in model(document).items():
        traced = found[path]
        assert (traced.value, traced.level) == (value, level), path
        if traced.place is not None:
            line = yaml.safe_load(lines[traced.place.line - 1].strip())
            key = path.rpartition(".")[2]
            assert line in ({key: value}, {"owner": "central"}), path


PROVINCE = """
units:
  "21040":
    name: Xã Bình Sơn
    kind: xã
    area: qn
    defaults: {failures_to_down: 4}
    profiles:
      kiosk-x: {calendar: gio, checks: {icmp: {options: {dscp: 8}}}}
profiles:
  kiosk-x:
    layer: kiosk
    impact: dân không tra cứu được
    policy: doi-kiosk
    checks:
      icmp: {kind: icmp, options: {count: 3}, thresholds: {loss_ratio: {warning: 0.2}}}
  chinh-phu:
    layer: central
    owner: central
    checks: {icmp: {kind: icmp}}
calendars:
  gio: {name: Giờ, hours: {mon-fri: ["07:00-11:00"]}}
each_unit:
  - select: {code: ["21040"]}
    targets:
      "{code}.kiosk":
        name: Kiosk – {name}
        profile: kiosk-x
        checks:
          icmp: {interval_s: 120, options: {payload_bytes: 99}}
targets:
  21040.kiosk:
    checks:
      icmp: {timeout_s: 4, options: {count: 2}}
  vneid: {name: VNeID, unit: "21040", profile: chinh-phu, address: 192.0.2.7}
  rieng: {name: Riêng, unit: "21040", profile: chinh-phu, address: 192.0.2.8, policy: default}
  cua-tinh: {name: Của tỉnh, unit: "21040", profile: chinh-phu, address: 192.0.2.9, owner: local}
address_plan:
  sites: {"21040": 10.51.7.0/24}
  hosts: {kiosk: 20}
"""


@pytest.fixture
def province(write: WriteFiles) -> Path:
    return write(tinh=PROVINCE)


def traced(province: Path, target_id: str) -> dict[str, Resolved]:
    return {each.path: each for each in resolve(assemble([BASE, province]), target_id)}


def test_a_check_is_put_together_from_all_levels(province: Path) -> None:
    check = load([BASE, province]).checks["21040.kiosk/icmp"]

    assert (check.interval_s, check.timeout_s, check.failures_to_down) == (120, 4, 4)
    assert (check.calendar, check.policy) == ("gio", "doi-kiosk")
    options = check.options.model_dump()
    assert (options["count"], options["dscp"], options["payload_bytes"]) == (2, 8, 99)


@pytest.mark.parametrize(
    ("path", "level", "line"),
    [
        ("name", Level.TEMPLATE, 27),
        ("impact", Level.PROFILE, 13),
        ("address", Level.ADDRESS_PLAN, 40),
        ("enabled", Level.PROGRAM, None),
        ("checks.icmp.interval_s", Level.TEMPLATE, 30),
        ("checks.icmp.options.payload_bytes", Level.TEMPLATE, 30),
        ("checks.icmp.timeout_s", Level.TARGET, 34),
        ("checks.icmp.options.count", Level.TARGET, 34),
        ("checks.icmp.options.dscp", Level.UNIT, 9),
        ("checks.icmp.calendar", Level.UNIT, 9),
        ("checks.icmp.failures_to_down", Level.UNIT, 7),
        ("checks.icmp.policy", Level.PROFILE, 14),
        ("checks.icmp.thresholds.loss_ratio.warning", Level.PROFILE, 16),
        ("checks.icmp.retry_interval_s", Level.PROGRAM, None),
    ],
)
def test_a_value_is_traced_through_templates_units_and_the_address_plan(
    province: Path, path: str, level: Level, line: int | None
) -> None:
    found = traced(province, "21040.kiosk")[path]

    assert found.level is level
    assert (None if found.place is None else found.place.line) == line


def test_nobody_is_woken_for_what_a_ministry_answers_for_unless_a_policy_is_named(province: Path) -> None:
    inventory = load([BASE, province])

    policies = {target_id: inventory.checks[f"{target_id}/icmp"].policy for target_id in ("vneid", "rieng")}
    assert policies == {"vneid": "record-only", "rieng": "default"}
    assert inventory.checks["cua-tinh/icmp"].policy == "default"
    assert traced(province, "vneid")["checks.icmp.policy"].place == traced(province, "vneid")["owner"].place


def test_defaults_of_a_province_wake_nobody_for_a_ministry(write: WriteFiles, province: Path) -> None:
    more = write("them", a="defaults: {policy: truc-ban}\n")

    inventory = load([BASE, province, more])

    assert inventory.checks["vneid/icmp"].policy == "record-only"
    assert inventory.checks["cua-tinh/icmp"].policy == "truc-ban"


def test_two_targets_that_say_the_same_have_the_same_checks(write: WriteFiles) -> None:
    same = "unit: '21484', profile: switch, checks: {icmp: {interval_s: 90}}"
    inventory: Inventory = load(
        [
            BASE,
            write(
                a=f"targets:\n  a: {{name: A, {same}, address: 192.0.2.8}}\n"
                f"  b: {{name: B, {same}, address: 192.0.2.9}}\n"
            ),
        ]
    )

    first, second = inventory.checks["a/icmp"], inventory.checks["b/icmp"]
    assert first.options is second.options
    assert (first.address, second.address) == ("192.0.2.8", "192.0.2.9")


def refusal(*paths: Path, policies: tuple[str, ...] | None = None) -> list[str]:
    with pytest.raises(InventoryError) as caught:
        load_with_warnings(paths, policies=policies)
    return [str(problem) for problem in caught.value.problems]


def test_defaults_that_clash_with_a_shipped_profile_are_told_only_when_it_is_used(write: WriteFiles) -> None:
    clash = write("a", a="defaults: {interval_s: 30, retry_interval_s: 8}\n")
    use = write(
        "b", b="targets:\n  cong: {name: C, unit: '21484', profile: portal, address: 'https://a.vn'}\n"
    )

    load([BASE, clash])

    assert refusal(BASE, clash, use) == [
        (
            f"{clash}/a.yaml:1: defaults.retry_interval_s: không hợp với profiles.portal.checks.http: một lần đo có thể "
            "mất 10 s, lâu hơn khoảng đo lại (8 s); đặt retry_interval_s từ 10 trở lên ở đây, hoặc đặt retry_interval_s "
            "riêng cho profiles.portal.checks.http"
        )
    ]


def test_an_unknown_policy_is_told_at_the_line_that_names_it(province: Path, write: WriteFiles) -> None:
    assert refusal(BASE, province, policies=("default", "doi-kios")) == [
        (
            f"{province}/tinh.yaml:14: profiles.kiosk-x.policy: không có chính sách 'doi-kiosk' trong "
            "alerting.policies của cấu hình; có phải 'doi-kios'?"
        ),
        (
            f"{province}/tinh.yaml:19: profiles.chinh-phu.policy: không có chính sách 'record-only' trong "
            "alerting.policies của cấu hình; thêm 'record-only: {}' vào alerting.policies nếu chỉ ghi nhận"
        ),
    ]


def test_settings_without_the_policy_that_nobody_names_are_told_once() -> None:
    message = "không nêu policy, mà alerting.policies không có 'default'"
    hint = "thêm 'default' vào alerting.policies, hoặc đặt defaults: {policy: ...}"

    assert refusal(BASE, policies=("truc-ban",)) == [f"{BASE}:8: targets.gw: {message}; {hint}"]


def test_a_template_is_for_the_units_of_a_former_province(write: WriteFiles) -> None:
    folder = write(
        a="""
units:
  "21040": {name: Xã Bình Sơn, kind: xã, area: qn, former_province: Quảng Ngãi}
  "23308": {name: Xã Đăk Rơ Wa, kind: xã, area: kt, former_province: Kon Tum}
each_unit:
  - select: {former_province: [Kon Tum, Kontum]}
    targets: {"{code}.sw": {name: S, profile: switch, address: 192.0.2.9}}
"""
    )

    loaded = load_with_warnings([BASE, folder])

    assert {target for target in loaded.inventory.targets if target.endswith(".sw")} == {"23308.sw"}
    assert [str(warning) for warning in loaded.warnings] == [
        (
            f"{folder}/a.yaml:6: each_unit[0].select.former_province[1]: "
            "không có đơn vị nào có former_province là 'Kontum'; có phải 'Kon Tum'?"
        )
    ]


def test_a_later_folder_changes_one_option_of_a_units_profile(write: WriteFiles, province: Path) -> None:
    later = write(
        "rieng",
        a='units: {"21040": {profiles: {kiosk-x: {checks: {icmp: {options: {payload_bytes: 60}}}}}}}\n'
        "targets: {21040.kiosk: {checks: {icmp: {options: {count: 4}}}}}\n",
    )

    options = load([BASE, province, later]).checks["21040.kiosk/icmp"].options.model_dump()

    assert (options["dscp"], options["count"]) == (8, 4)


def test_a_limit_that_is_moved_still_looks_the_way_it_looked(write: WriteFiles) -> None:
    profile = """
profiles:
  bo-luu-dien:
    layer: infra
    checks:
      icmp: {kind: icmp, options: {count: 3, speech: true}, thresholds: {speech_mos: {warning: 3, critical: 2, below: true}}}
targets:
  ups: {name: U, unit: "21484", profile: bo-luu-dien, address: 192.0.2.9, checks: {icmp: {thresholds: {speech_mos: {warning: 4}}}}}
"""
    first = write("mot", a=profile)
    later = write(
        "hai", a="profiles: {bo-luu-dien: {checks: {icmp: {thresholds: {speech_mos: {critical: null}}}}}}\n"
    )

    whole = load([BASE, first]).checks["ups/icmp"].thresholds[0]
    without = load([BASE, first, later]).checks["ups/icmp"].thresholds[0]
    below = traced_in([BASE, first], "ups")["checks.icmp.thresholds.speech_mos.below"]

    assert (whole.warning, whole.critical, whole.below) == (4, 2, True)
    assert (without.warning, without.critical, without.below) == (4, None, True)
    assert (below.value, below.level, below.place and below.place.line) == (True, Level.PROFILE, 6)


def traced_in(paths: list[Path], target_id: str) -> dict[str, Resolved]:
    return {each.path: each for each in resolve(assemble(paths), target_id)}


def test_a_later_folder_changes_the_kind_of_a_unit_and_nothing_else_of_it(write: WriteFiles) -> None:
    later = write(a='units: {"21484": {kind: phường}}\n')

    unit = load([BASE, later]).units["21484"]

    assert (unit.kind, unit.name, unit.former_district) == ("phường", "Xã Ba Tơ", "Huyện Ba Tơ")


def test_a_later_folder_changes_only_the_target_it_names_though_two_share_an_anchor(
    write: WriteFiles,
) -> None:
    first = write(
        "mot",
        a="""
targets:
  a: {name: A, unit: "21484", profile: switch, address: 192.0.2.8, checks: &chung {icmp: {options: {count: 3}}}}
  b: {name: B, unit: "21484", profile: switch, address: 192.0.2.9, checks: *chung}
""",
    )
    later = write("hai", a="targets: {a: {checks: {icmp: {options: {count: 7}}}}}\n")

    checks = load([BASE, first, later]).checks

    assert checks["a/icmp"].options.model_dump()["count"] == 7
    assert checks["b/icmp"].options.model_dump()["count"] == 3
