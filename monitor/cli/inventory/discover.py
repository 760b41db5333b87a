"""`inventory discover`: ask an own range who is there, and propose targets. Writes nothing but the file of --out."""

import asyncio
import signal
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from inventory.discovery.proposal import Known, Proposal, Proposals, propose
from inventory.discovery.proposal_text import evidence, proposals_yaml
from inventory.discovery.search_range import RangeError, searched_addresses
from inventory.model import Inventory
from monitor.cli.config import read_inventory
from monitor.cli.exits import CommandError, Exit
from monitor.cli.given import AskedSecrets, given_options
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.discovery import TCP_PORTS, Findings, Questions, discover
from monitor.plan import open_secrets
from monitor.settings.settings import Settings
from monitor.wording import os_words
from probes.kind import Secrets
from probes.snmp.access import SnmpAccess, credentials
from probes.snmp_ranges import AccountRanges

_PINGS_EACH: Final = 2
"""Packets that an address without an answer costs."""


def run(arguments: Namespace, out: Output) -> int:
    """Search; 0 when it came to the end, 130 when it was stopped before (what was found is printed all the same)."""
    settings, inventory = read_inventory(arguments)
    if settings.simulated:
        raise CommandError(
            Exit.USAGE,
            "các địa chỉ này chỉ có trong mạng mô phỏng; dò từ đây sẽ hỏi nhầm máy thật cùng địa chỉ",
            "dùng --config của danh mục thật",
        )
    try:
        addresses = searched_addresses(arguments.range, inventory)
    except RangeError as error:
        raise CommandError(Exit.USAGE, error.what, error.remedy) from None
    if arguments.out is not None:
        _refuse_file(arguments.out, settings)
    secrets: Secrets = AskedSecrets() if arguments.ask else open_secrets(settings)
    ranges = settings.accounts()
    questions = Questions(
        access=_access(arguments, secrets, ranges, out), ports=() if arguments.no_tcp else TCP_PORTS
    )
    findings = Findings()
    is_complete = asyncio.run(_search(addresses, questions, secrets, arguments.rate, findings, ranges, out))
    if findings.fault and not findings.found:
        raise CommandError(Exit.FINDINGS, findings.fault, "xem 'tslcd-monitor doctor'")
    proposals = propose(findings.found, inventory)
    if out.is_json:
        out.json(_json(proposals, arguments.range, findings, len(addresses), is_complete=is_complete))
    else:
        _print(proposals, inventory, out)
        _print_end(proposals, findings, len(addresses), out, is_complete=is_complete)
    if arguments.out is not None:
        _write(arguments.out, proposals_yaml(proposals, asked=arguments.range), out)
    return Exit.OK if is_complete else Exit.INTERRUPTED


def _access(arguments: Namespace, secrets: Secrets, ranges: AccountRanges, out: Output) -> SnmpAccess | None:
    """Return how to ask over SNMP; None when nothing was said of it and its secret is not there."""
    named = [f"community_secret={arguments.community_secret}"] if arguments.community_secret else []
    access = given_options(SnmpAccess, [*arguments.options, *named])
    if ranges.accounts:
        return access  # each address by its range
    try:
        credentials(access, secrets)
    except KeyError as error:
        reason = getattr(error, "reason", "không có")
        what = f"bí mật '{error.args[0]}': {reason}"
        if arguments.ask or named or arguments.options:
            raise CommandError(Exit.USAGE, what, "thêm --ask để gõ tại bàn phím") from None
        out.note(f"không hỏi SNMP ({what}); thêm --ask để gõ community tại bàn phím")
        return None
    return access


def _refuse_file(path: Path, settings: Settings) -> None:
    """Refuse what would overwrite something, or put proposals into the inventory unseen."""
    if path.exists():
        raise CommandError(Exit.USAGE, f"tệp {path} đã có", "chọn tên khác cho --out")
    if not path.parent.is_dir():
        raise CommandError(Exit.USAGE, f"không có thư mục {path.parent}", "chọn thư mục khác cho --out")
    folders = {folder.resolve() for folder in settings.inventory}
    if path.parent.resolve() in folders:
        raise CommandError(
            Exit.USAGE,
            f"{path.parent} là thư mục danh mục: ghi vào đây là đưa đề xuất vào giám sát khi chưa ai xem",
            "ghi ra nơi khác, xem lại rồi chép vào",
        )


def _write(path: Path, text: str, out: Output) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không ghi được {path}: {os_words(error)}", "chọn nơi khác mà bạn được ghi"
        ) from None
    out.note(f"đã ghi {path}; xem lại rồi chép vào thư mục danh mục")


async def _search(
    addresses: Sequence[str],
    questions: Questions,
    secrets: Secrets,
    per_s: int,
    into: Findings,
    ranges: AccountRanges,
    out: Output,
) -> bool:
    """Search until the end or the first Ctrl-C; return whether it was the end. The second Ctrl-C is as everywhere."""
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(
        discover(
            addresses,
            questions,
            secrets=secrets,
            per_s=per_s,
            clock=SystemClock(),
            into=into,
            ranges=ranges,
        ),
        name="discover",
    )

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        work.cancel()

    loop.add_signal_handler(signal.SIGINT, stop)
    least_s = max(1, round(len(addresses) * _PINGS_EACH / per_s))
    out.note(
        f"hỏi {len(addresses)} địa chỉ, nhiều nhất {per_s} gói mỗi giây: khoảng {least_s} giây trở lên; "
        "Ctrl-C để dừng và in phần đã có"
    )
    await asyncio.wait([work])
    loop.remove_signal_handler(signal.SIGINT)
    if work.cancelled():
        return False
    work.result()
    return True


def _print(proposals: Proposals, inventory: Inventory, out: Output) -> None:
    headers = ("", "ĐỊA CHỈ", "ĐƠN VỊ", "ĐỐI TƯỢNG", "PROFILE", "CÓ TRẢ LỜI")
    rows = [_known_row(known, inventory) for known in proposals.known]
    rows += [_row("đề xuất", proposal, proposal.profile, inventory) for proposal in proposals.new]
    for proposal in proposals.review:
        rows.append(_row("cần xem", proposal, proposal.profile or _choices(proposal), inventory))
    out.table(headers, rows)


def _known_row(known: Known, inventory: Inventory) -> list[str]:
    first = inventory.targets[known.target_ids[0]]
    word = "đã có, cần xem" if known.note else "đã có"
    answered = f"{evidence(known.found)}; {known.note}" if known.note else evidence(known.found)
    unit = inventory.units[first.unit_code].name
    return [word, known.found.address, unit, ", ".join(known.target_ids), first.profile, answered]


def _row(word: str, proposal: Proposal, profile: str, inventory: Inventory) -> list[str]:
    unit = inventory.units.get(proposal.unit_code)
    because = f"; đơn vị: {proposal.unit_reason}" if unit and proposal.unit_reason else ""
    return [
        word,
        proposal.found.address,
        unit.name if unit else f"? ({proposal.unit_reason})",
        proposal.id,
        profile,
        f"{evidence(proposal.found)} → {proposal.reason}{because}",
    ]


def _choices(proposal: Proposal) -> str:
    return f"? ({', '.join(proposal.candidates)})" if proposal.candidates else "?"


def _print_end(
    proposals: Proposals, findings: Findings, total: int, out: Output, *, is_complete: bool
) -> None:
    if not is_complete:
        out.note(f"dừng giữa chừng: đã hỏi xong {findings.asked} trong {total} địa chỉ")
    out.note(
        f"{len(findings.found)} địa chỉ có trả lời: {len(proposals.known)} đã có trong danh mục, {len(proposals.new)} đề xuất, "
        f"{len(proposals.review)} cần người xem; máy chặn ping không hiện ra ở đây"
    )


def _json(
    proposals: Proposals, asked: str, findings: Findings, total: int, *, is_complete: bool
) -> dict[str, object]:
    return {
        "schema": "inventory-discover/1",
        "range": asked,
        "addresses": total,
        "asked": findings.asked,
        "complete": is_complete,
        "known": [
            {
                "address": known.found.address,
                "targets": list(known.target_ids),
                "note": known.note,
                "answered": evidence(known.found),
            }
            for known in proposals.known
        ],
        "proposed": [_proposal_json(proposal) for proposal in proposals.new],
        "review": [_proposal_json(proposal) for proposal in proposals.review],
    }


def _proposal_json(proposal: Proposal) -> dict[str, object]:
    found = proposal.found
    return {
        "id": proposal.id,
        "name": proposal.name,
        "unit": proposal.unit_code or None,
        "profile": proposal.profile or None,
        "candidates": list(proposal.candidates),
        "address": found.address,
        "dependsOn": list(proposal.depends_on),
        "reason": proposal.reason,
        "unitReason": proposal.unit_reason or None,
        "rttS": found.rtt_s,
        "sysObjectId": found.object_id or None,
        "sysDescr": found.description or None,
        "sysName": found.name or None,
        "device": found.device or None,
        "ports": list(found.ports),
    }
