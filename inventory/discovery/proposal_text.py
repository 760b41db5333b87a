"""Proposals as YAML for people to look through and copy: complete ones as targets, the others as comments. Pure.

What devices say of themselves stands in comments only, each on one line.
"""

import json
from collections.abc import Sequence

from inventory.discovery.proposal import Found, Proposal, Proposals
from probes.wording import one_line

_HEAD = (
    "# Đề xuất của 'inventory discover' cho {asked}: những gì có trả lời mà danh mục chưa có. Chưa có gì được thêm vào danh mục.",
    "# Xem lại từng mục (tên, đơn vị, profile, depends_on), rồi chép tệp này vào thư mục danh mục.",
)


def evidence(found: Found) -> str:
    """Say in one line what answered."""
    rtt_ms = round(found.rtt_s * 1000)
    parts = [f"ping {rtt_ms} ms" if rtt_ms else "ping dưới 1 ms"]
    if found.has_snmp:
        said = f" “{found.description}”" if found.description else ""
        parts.append(f"SNMP{said} ({found.object_id or 'không có sysObjectID'})")
    if found.name:
        parts.append(f"tên “{found.name}”")
    if found.ports:
        parts.append(f"cổng {', '.join(map(str, found.ports))}")
    return one_line("; ".join(parts), 400)


def proposals_yaml(proposals: Proposals, *, asked: str) -> str:
    """Return a file that loads as it is: `targets` with the complete proposals, and the others as comments."""
    lines = [line.format(asked=asked) for line in _HEAD]
    lines += ["targets:", *_joined([_entry(proposal) for proposal in proposals.new])]
    if proposals.review:
        lines += ["", "# Cần người xem: điền chỗ ??? rồi bỏ dấu # ở đầu dòng."]
        entries = _joined([_entry(proposal) for proposal in proposals.review])
        lines += [f"#{line}" if line else "#" for line in entries]
    return "\n".join(lines) + "\n"


def _joined(entries: Sequence[Sequence[str]]) -> list[str]:
    return [line for entry in entries for line in entry]


def _entry(proposal: Proposal) -> list[str]:
    unit = _text(proposal.unit_code) if proposal.unit_code else f"???  # {proposal.unit_reason}"
    profile = proposal.profile or f"???  # {_open(proposal)}"
    lines = [
        f"  # {evidence(proposal.found)}",
        f"  {proposal.id}:",
        f"    name: {_text(proposal.name)}",
        f"    unit: {unit}",
        f"    profile: {profile}",
        f"    address: {_text(proposal.found.address)}",
        "    enabled: true",
    ]
    if proposal.profile:
        lines[0] += f"; chọn profile vì {proposal.reason}"
    if proposal.unit_code and proposal.unit_reason:
        lines[0] += f"; chọn unit vì {proposal.unit_reason}"
    if proposal.depends_on:
        lines.append(f"    depends_on: [{', '.join(proposal.depends_on)}]")
    return lines


def _open(proposal: Proposal) -> str:
    may_be = f"; có thể là: {', '.join(proposal.candidates)}" if proposal.candidates else ""
    return proposal.reason + may_be


def _text(text: str) -> str:
    """Quote as JSON does, which YAML reads alike."""
    return json.dumps(text, ensure_ascii=False)
