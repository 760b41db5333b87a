"""`probe`: measure once from this machine, with the same probes and judgement as the daemon; nothing is recorded."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final
from urllib.parse import urlsplit

from alerts.judging.verdict import judge
from alerts.model.checks import CheckResult, Level
from inventory.address import address_for
from inventory.model import Check, Inventory, Layer, Target
from inventory.names import find, former_hint, hint
from inventory.problem import ProblemsError
from monitor.cli.config import config_path
from monitor.cli.exits import CommandError, Exit
from monitor.cli.given import AskedSecrets, given_options, given_secrets
from monitor.cli.output import Output
from monitor.cli.probe_output import print_results
from monitor.clock import Clock, SystemClock
from monitor.plan import Plan
from monitor.runner import Runner
from monitor.surroundings import surroundings
from probes.beats import BeatBook
from probes.kind import Shared
from probes.kinds import KINDS
from probes.path import Hop, PathError, trace
from probes.reach import EVERYWHERE
from probes.resolve import ResolveError, ip_literal, open_resolver

_RESOLVE_S: Final = 5.0
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
    clock = SystemClock()
    if arguments.address is not None:
        checks = [_ad_hoc(arguments)]
        beats = BeatBook(opened_mono=clock.monotonic())
        shared = Shared(given_secrets(arguments), beats, places=EVERYWHERE)
    else:
        plan = _read_plan(arguments)
        if plan.settings.simulated:
            raise CommandError(
                Exit.USAGE,
                "các địa chỉ này chỉ có trong mạng mô phỏng; đo từ đây sẽ hỏi nhầm máy thật cùng địa chỉ",
                "xem kết quả của bản chạy thử bằng 'tslcd-monitor status' với cùng --config",
            )
        target = _target(arguments.target, plan.inventory)
        checks = _checks_of(target, plan)
        shared = surroundings(plan.settings, clock, AskedSecrets() if arguments.ask else None)
    results, hops = asyncio.run(
        _measure(checks, shared, clock, with_path=arguments.path, again_after_s=arguments.again)
    )
    verdicts = [judge(check, result.reading) for check, result in zip(checks, results, strict=True)]
    print_results(checks, results, verdicts, hops, out, with_trace=arguments.trace)
    return Exit.OK if all(verdict.level is Level.OK for verdict in verdicts) else Exit.FINDINGS


async def _measure(
    checks: Sequence[Check], shared: Shared, clock: Clock, *, with_path: bool, again_after_s: float | None
) -> tuple[list[CheckResult], tuple[Hop, ...] | PathError | None]:
    async with AsyncExitStack() as stack:
        kinds = {check.kind for check in checks}
        probes = {kind: await stack.enter_async_context(KINDS[kind].connect(shared)) for kind in kinds}
        runner = Runner(probes, clock=clock, vantage="cli")
        # Evidence for the first check only: one target is one way.
        tracing = asyncio.create_task(_trace(checks[0].address), name="trace") if with_path else None
        results = await asyncio.gather(*(runner.run(check) for check in checks))
        if again_after_s is not None:
            await clock.sleep(again_after_s)
            results = await asyncio.gather(*(runner.run(check) for check in checks))
        return results, None if tracing is None else await tracing


async def _trace(address: str) -> tuple[Hop, ...] | PathError:
    try:
        async with open_resolver(EVERYWHERE) as resolver:
            return await trace(await resolver.first(host_of(address), within_s=_RESOLVE_S))
    except ResolveError as error:
        return PathError(error.detail)
    except PathError as error:
        return error


def host_of(address: str) -> str:
    """Return the host of a check's address: of a URL without user, password and port."""
    if ip_literal(address) is not None or "://" not in address:
        return address
    return urlsplit(address).hostname or address


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
        formers = {code: unit.former_names for code, unit in inventory.units.items()}
        near = former_hint(asked, formers, units) or hint(asked, [*names, *units.values()])
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
    options = given_options(kind.options, arguments.options)
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
