"""`probe`: measure once from this machine, with the same probes and judgement as the daemon; nothing is recorded."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import yaml

from alerts import words
from alerts.model import CheckResult, Level, Verdict
from alerts.verdict import judge
from inventory.address import address_for
from inventory.model import Check, Inventory, Layer, Target
from inventory.problem import ProblemsError
from inventory.source import Place, YamlMap
from inventory.validation import parse
from monitor.cli.config import config_path, read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.finding import find, hint
from monitor.cli.output import Cell, Output, Row
from monitor.clock import SystemClock
from monitor.plan import Plan, open_secrets
from monitor.runner import Runner
from monitor.secrets import FileSecrets
from probes import KINDS
from probes.beats import BeatBook
from probes.kind import Secrets, Shared
from probes.path import Hop, PathError, trace
from probes.resolve import ResolveError, ip_literal, open_resolver

_LEVELS: Final = {
    Level.OK: Cell("ĐẠT", "up"),
    Level.WARNING: Cell("Vượt ngưỡng", "degraded"),
    Level.CRITICAL: Cell("Không đạt", "down"),
    Level.UNKNOWN: Cell("Chưa rõ", "unknown"),
}
_RESOLVE_S: Final = 5.0
_FINE_S: Final = 0.001
_MOST_LISTED: Final = 20
_EXAMPLES: Final = {
    "icmp": "ví dụ --address 10.51.7.1",
    "http": "ví dụ --kind http --address https://10.51.7.1/",
    "tcp": "ví dụ --kind tcp --address 10.51.7.1 --set port=443",
    "snmp": "ví dụ --kind snmp --address 10.51.7.1",
}


def run(arguments: Namespace, out: Output) -> int:
    """Measure; 0 if every reading is fine, 1 if not."""
    if (arguments.target is None) == (arguments.address is None):
        raise CommandError(
            Exit.USAGE, "cần đúng một trong hai: ĐỐI_TƯỢNG hoặc --address", "xem 'tslcd-monitor probe --help'"
        )
    if arguments.address is not None:
        checks, secrets = [_ad_hoc(arguments)], _secrets(arguments)
    else:
        plan = _read_plan(arguments)
        target = _target(arguments.target, plan.inventory)
        checks = _checks_of(target, plan)
        secrets = open_secrets(plan.settings)
    results, hops = asyncio.run(_measure(checks, secrets, with_path=arguments.path))
    verdicts = [judge(check, result.reading) for check, result in zip(checks, results, strict=True)]
    _print(checks, results, verdicts, hops, out)
    return Exit.OK if all(verdict.level is Level.OK for verdict in verdicts) else Exit.FINDINGS


async def _measure(
    checks: Sequence[Check], secrets: Secrets, *, with_path: bool
) -> tuple[list[CheckResult], tuple[Hop, ...] | PathError | None]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        shared = Shared(secrets, BeatBook(opened_mono=clock.monotonic()))
        kinds = {check.kind for check in checks}
        probes = {kind: await stack.enter_async_context(KINDS[kind].connect(shared)) for kind in kinds}
        runner = Runner(probes, clock=clock, vantage="cli")
        # Evidence for the first check only: one target is one way.
        tracing = asyncio.create_task(_trace(checks[0].address), name="trace") if with_path else None
        results = await asyncio.gather(*(runner.run(check) for check in checks))
        return results, None if tracing is None else await tracing


async def _trace(address: str) -> tuple[Hop, ...] | PathError:
    host = address
    if ip_literal(address) is None:
        host = address.partition("://")[2].partition("/")[0] or address
        host = (
            host.rpartition("@")[2].removeprefix("[").partition("]")[0]
            if "[" in host
            else host.partition(":")[0]
        )
    try:
        async with open_resolver() as resolver:
            return await trace(await resolver.first(host, within_s=_RESOLVE_S))
    except ResolveError as error:
        return PathError(error.detail)
    except PathError as error:
        return error


def _read_plan(arguments: Namespace) -> Plan:
    path = config_path(arguments)
    try:
        return Plan.read(path)
    except ProblemsError as error:
        raise CommandError(
            Exit.FINDINGS, str(error.problems[0]), f"xem hết các lỗi: tslcd-monitor check-config {path}"
        ) from None


def _target(asked: str, inventory: Inventory) -> Target:
    """Return the target of this id; a commune's name stands for its line."""
    if asked in inventory.targets:
        return inventory.targets[asked]
    units = {code: unit.name for code, unit in inventory.units.items()}
    found_units = find(asked, units)
    if len(found_units) > 1:
        listed = "; ".join(
            f"{units[code]} ({code}, {inventory.units[code].former_district})" for code in found_units
        )
        raise CommandError(Exit.USAGE, f"'{asked}' có thể là: {listed}", "gõ có dấu, hoặc dùng mã")
    if found_units:
        own = [target for target in inventory.targets.values() if target.unit_code == found_units[0]]
        lines = [target for target in own if target.layer is Layer.TSLCD and target.is_watched] or own
        return _only(asked, lines)
    names = {target.id: target.name for target in inventory.targets.values()}
    found = [inventory.targets[id_] for id_ in find(asked, names)]
    if not found:
        near = hint(asked, [*names, *units.values()])
        raise CommandError(Exit.USAGE, f"không có đối tượng '{asked}'", near or "dùng mã như trong danh mục")
    return _only(asked, found)


def _only(asked: str, targets: list[Target]) -> Target:
    if len(targets) == 1:
        return targets[0]
    listed = "; ".join(f"{target.id} ({target.name})" for target in targets[:_MOST_LISTED])
    raise CommandError(
        Exit.USAGE, f"'{asked}' có {len(targets)} đối tượng: {listed}", "dùng mã của một đối tượng"
    )


def _checks_of(target: Target, plan: Plan) -> list[Check]:
    checks = [check for check in plan.inventory.checks.values() if check.target_id == target.id]
    if not checks:
        raise CommandError(
            Exit.FINDINGS,
            f"{target.id} ({target.name}) không được giám sát",
            "xem equipped, enabled và layers trong danh mục",
        )
    return checks


def _ad_hoc(arguments: Namespace) -> Check:
    """Make a check of an address that is in no inventory."""
    kind = KINDS[arguments.kind]
    place = Place("--set", 1)
    given, written = YamlMap(place), YamlMap(place)
    for text in arguments.options:
        key, value, raw = _option(text)
        given.put(key, value, place)
        written.put(key, raw, place)
    options = parse(kind.options, given)
    if isinstance(options, list):
        # A shell takes quotes away: what is no right number may be the text that was meant.
        wrong = {problem.path for problem in options} & given.keys()
        given.update({key: written[key] for key in wrong})
        again = parse(kind.options, given)
        if not isinstance(again, list) or not wrong & {problem.path for problem in again}:
            options = again
    if isinstance(options, list):
        problem = options[0]
        raise CommandError(Exit.USAGE, f"--set {problem.path}: {problem.message}", problem.hint)
    try:
        # What is asked for is also the id: an asset's code stays as it is.
        port = getattr(options, "port", None)
        address = address_for(kind.name, arguments.address, None, port, target_id=arguments.address)
    except ValueError as error:
        raise CommandError(
            Exit.USAGE, str(error), _EXAMPLES.get(kind.name, "xem 'tslcd-monitor probe --help'")
        ) from None
    return Check(
        id=f"{address}/{kind.name}",
        target_id=address,
        kind=kind.name,
        address=address,
        options=options,
        interval_s=60,
        retry_interval_s=60,
        timeout_s=arguments.timeout,
        failures_to_down=1,
        successes_to_up=1,
    )


def _option(text: str) -> tuple[str, Any, str]:
    """Return key, value as in YAML, value as written."""
    key, equals, value = text.partition("=")
    if not equals:
        raise CommandError(Exit.USAGE, f"--set {text}: cần KHÓA=GIÁ_TRỊ", "ví dụ --set port=443")
    try:
        return key, yaml.safe_load(value), value
    except yaml.YAMLError:
        return key, value, value


def _secrets(arguments: Namespace) -> Secrets:
    """Return the secrets of --config; without it an address has none."""
    return (
        FileSecrets(Path("/nonexistent"))
        if arguments.config is None
        else open_secrets(read_settings(arguments))
    )


def _print(
    checks: Sequence[Check],
    results: Sequence[CheckResult],
    verdicts: Sequence[Verdict],
    hops: tuple[Hop, ...] | PathError | None,
    out: Output,
) -> None:
    if out.is_json:
        out.json(_as_json(checks, results, verdicts, hops))
        return
    rows: list[Row] = [
        [
            _LEVELS[verdict.level],
            check.id,
            check.address,
            words.milliseconds(result.duration_s),
            words.cause_phrase(verdict.cause) or "–",
            result.reading.detail or "–",
        ]
        for check, result, verdict in zip(checks, results, verdicts, strict=True)
    ]
    out.table(("KẾT QUẢ", "PHÉP ĐO", "ĐỊA CHỈ", "MẤT", "LÝ DO", "CHI TIẾT"), rows)
    metrics = [
        [result.check_id, name, _value(name, value)]
        for result in results
        for name, value in result.reading.metrics.items()
    ]
    if metrics:
        out.line()
        out.table(("PHÉP ĐO", "CHỈ SỐ", "GIÁ TRỊ"), metrics)
    if isinstance(hops, PathError):
        out.note(f"đường đi: {hops}")
    elif hops is not None:
        out.line()
        out.table(
            ("CHẶNG", "ĐỊA CHỈ", "TRỄ"),
            [[str(hop.distance), hop.address, words.milliseconds(hop.rtt_s)] for hop in hops],
        )
        if not hops:
            out.note("đường đi: không chặng nào trả lời")


def _value(name: str, value: float) -> str:
    if name.endswith("_ratio"):
        return words.percent(value)
    if name.endswith("_s"):
        return words.milliseconds(value) if value >= _FINE_S else f"{words.number(1_000 * value, 3)} ms"
    return f"{value:g}".replace(".", ",")


def _as_json(
    checks: Sequence[Check],
    results: Sequence[CheckResult],
    verdicts: Sequence[Verdict],
    hops: tuple[Hop, ...] | PathError | None,
) -> dict[str, object]:
    items = [
        {
            "check": check.id,
            "kind": check.kind,
            "address": check.address,
            "ok": result.reading.ok,
            "level": verdict.level.value,
            "cause": verdict.cause,
            "reason": None if result.reading.reason is None else result.reading.reason.value,
            "detail": result.reading.detail,
            "durationS": round(result.duration_s, 6),
            "metrics": dict(result.reading.metrics),
        }
        for check, result, verdict in zip(checks, results, verdicts, strict=True)
    ]
    path: object = None
    if isinstance(hops, PathError):
        path = {"error": str(hops)}
    elif hops is not None:
        path = {
            "hops": [{"distance": hop.distance, "address": hop.address, "rttS": hop.rtt_s} for hop in hops]
        }
    return {"schema": "probe/1", "items": items, "path": path}
