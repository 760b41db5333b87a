"""`check-config`: read everything the daemon reads, tell every problem at once; touches no network."""

import re
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.compose import TEXT_LIMIT
from alerts.messages.letterhead import Letterhead
from alerts.messages.samples import KINDS
from inventory.contacts import read_contacts
from inventory.files.reader import read_document
from inventory.files.source import Place, YamlMap, problem_at
from inventory.loader import Loaded, assemble
from inventory.model import Inventory
from inventory.problem import Problem, ProblemsError, collapse
from monitor import certificates
from monitor.cli.config import config_path
from monitor.cli.duty_check import look_at_oncall
from monitor.cli.exits import Exit
from monitor.cli.message_check import look_at_messages
from monitor.cli.output import Cell, Output
from monitor.cli.report_check import look_at_sentences, look_at_template
from monitor.clock import SystemClock
from monitor.credential_files import refused_credentials
from monitor.inputs.beat_input import BeatInputError, client_context, server_context
from monitor.inputs.beat_intake import known_assets
from monitor.inputs.heartbeats import key_of
from monitor.out_of_reach import out_of_reach
from monitor.plan import open_secrets, secrets_of_checks, unknown_calendars
from monitor.problem_words import as_json, told
from monitor.secrets import KEPT_IN, SecretError
from monitor.settings.report import ReportSettings
from monitor.settings.settings import Settings, read_settings_file
from monitor.settings.web import WebSettings
from monitor.web.door.oidc import authorities

_STEP = re.compile(r"[^.\[\]]+")
"""One step of a dotted path."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the configuration: what was read, and what is wrong with it."""

    name: str
    what: str
    summary: str = ""
    errors: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()

    @property
    def verdict(self) -> str:
        """ĐẠT, CẢNH BÁO or LỖI."""
        return "LỖI" if self.errors else "CẢNH BÁO" if self.warnings else "ĐẠT"


def run(arguments: Namespace, out: Output) -> int:
    """Check; 0 all is well, 1 errors, 3 only warnings."""
    path = config_path(arguments)
    parts = _check(path)
    errors = [problem for part in parts for problem in part.errors]
    warnings = [problem for part in parts for problem in part.warnings]
    code = Exit.FINDINGS if errors else Exit.WARNINGS if warnings else Exit.OK
    if out.is_json:
        out.json(
            {
                "schema": "check-config/1",
                "ok": not errors,
                "parts": [
                    {"name": p.name, "what": p.what, "verdict": p.verdict, "summary": p.summary}
                    for p in parts
                ],
                "errors": [as_json(problem) for problem in errors],
                "warnings": [as_json(problem) for problem in warnings],
            }
        )
        return code
    out.table(
        ("PHẦN", "ĐỌC TỪ", "KẾT QUẢ", ""),
        [[p.name, p.what, Cell(p.verdict, p.verdict), p.summary] for p in parts],
    )
    for kind, problems in (("lỗi", errors), ("cảnh báo", warnings)):
        for line in told(problems, kind):
            out.note(line)
    out.note(f"Kết quả: {len(errors)} lỗi, {len(warnings)} cảnh báo")
    return code


def _check(path: Path) -> list[Part]:
    read = read_settings_file(path)
    parts = [Part("Cấu hình", str(path), errors=read.problems)]
    if read.settings is None:
        return parts
    settings = read.settings
    data = read_document(path).data or YamlMap(Place(str(path), 1))
    parts.append(_secrets(settings, path))
    # Which policies there are is not known while their section is wrong.
    is_known = not any(problem.path.startswith("alerting") for problem in read.problems)
    loaded, inventory_part = _inventory(settings, settings.alerting.policies.keys() if is_known else None)
    if inventory_part is not None:
        parts.append(inventory_part)
    if settings.contacts is not None:
        parts.append(_contacts(settings.contacts, None if loaded is None else loaded.inventory))
    if settings.oncall is not None:
        found = look_at_oncall(
            settings, settings.oncall, path, SystemClock().now(), is_whole=not read.problems
        )
        errors = [_with_line(each, data) if each.file == str(path) else each for each in found.errors]
        parts.append(Part("Người trực", str(settings.oncall), found.summary, errors, found.warnings))
    if loaded is None or read.problems:
        return parts
    wrong = [_with_line(each, data) for each in unknown_calendars(path, settings, loaded.inventory)]
    parts[0] = replace(parts[0], errors=wrong)
    parts += _certificates(settings, data)
    if settings.heartbeats is not None or known_assets(loaded.inventory):
        parts.append(_beats(settings, path, loaded.inventory))
    parts.append(_messages(settings))
    parts += _report(settings.report)
    return parts


def _with_line(problem: Problem, data: YamlMap) -> Problem:
    """Return a problem of the settings with the line of what its path names."""
    steps = [int(step) if step.isdigit() else step for step in _STEP.findall(problem.path)]
    return replace(problem, line=problem_at(data, steps, "").line)


def _inventory(settings: Settings, policies: Collection[str] | None) -> tuple[Loaded | None, Part | None]:
    """Load the inventory, even while the settings are wrong elsewhere; no part when they name none."""
    if not settings.inventory:
        return None, None
    folders = ", ".join(str(folder) for folder in settings.inventory)
    try:
        assembled = assemble(
            settings.inventory,
            secrets=secrets_of_checks(settings),
            policies=policies,
            ranges=settings.accounts(),
        )
    except ProblemsError as error:
        return None, Part("Danh mục", folders, errors=error.problems)
    loaded = assembled.loaded
    warnings = collapse([*loaded.warnings, *out_of_reach(assembled, settings.probes.declared())])
    return loaded, Part("Danh mục", folders, _counts(loaded.inventory), warnings=warnings)


def _contacts(path: Path, inventory: Inventory | None) -> Part:
    """Look at the people's file; without an inventory nobody can say whose codes are right."""
    names = None if inventory is None else {code: unit.name for code, unit in inventory.units.items()}
    read = read_contacts(path, names)
    people = sum(map(len, read.people.values()))
    summary = f"{words.number(people)} người của {words.number(len(read.people))} đơn vị"
    return Part("Danh bạ", str(path), summary, errors=read.problems)


def _secrets(settings: Settings, path: Path) -> Part:
    """Look at the secrets that the settings name (those of checks are the inventory's)."""
    wanted = settings.secrets()
    secrets = open_secrets(settings)
    data = read_document(path).data or YamlMap(Place(str(path), 1))
    problems = []
    for key, name in wanted.items():
        try:
            secrets.get(name)
        except SecretError as error:
            problems.append(problem_at(data, _steps(key), str(error), hint=error.remedy))
    folder = settings.secrets_dir or KEPT_IN
    if folder == KEPT_IN:  # the unit hands this one over, whole
        problems += refused_credentials(folder)
    where = str(folder)
    return Part("Bí mật", where, f"{len(wanted)} bí mật trong cấu hình", errors=problems)


def _beats(settings: Settings, path: Path, inventory: Inventory) -> Part:
    """Look at the ways for heartbeats to come in, without opening them; a missing secret is told elsewhere."""
    count, beats = len(known_assets(inventory)), settings.heartbeats
    data = read_document(path).data or YamlMap(Place(str(path), 1))
    if beats is None:
        message = f"{count} tài sản có phép đo heartbeat mà không có đường nhận nhịp"
        hint = "thêm phần heartbeats vào cấu hình"
        return Part("Nhịp", str(path), warnings=[problem_at(data, (), message, hint=hint)])
    problems = []
    secrets = open_secrets(settings)
    attempts: dict[str, Callable[[], object]] = {
        "key_secret": lambda: key_of(secrets.get(beats.key_secret)),
        "http": lambda: beats.http and server_context(beats.http),
        "mqtt": lambda: beats.mqtt and client_context(beats.mqtt),
    }
    for key, attempt in attempts.items():
        try:
            attempt()
        except SecretError:
            continue
        except (BeatInputError, ValueError) as error:
            message, _, hint = str(error).partition("; ")
            problems.append(problem_at(data, ("heartbeats", key), message, hint=hint))
    return Part("Nhịp", str(path), f"{words.number(count)} tài sản", errors=problems)


def _certificates(settings: Settings, data: YamlMap) -> Iterator[Part]:
    """Look at the certificates of pages and replies; that of heartbeats is looked at with their other ways."""
    replies = settings.replies
    used = {
        "web": (settings.web.tls_cert, settings.web.tls_key),
        "replies": (None, None) if replies is None else (replies.tls_cert, replies.tls_key),
    }
    for section, (cert, key) in used.items():
        if cert is None:
            continue
        errors = []
        try:
            certificates.server_context(cert, key)
        except certificates.CertificateError as error:
            hint = f"ghi đúng {section}.tls_cert và {section}.tls_key"
            errors = [problem_at(data, (section, "tls_cert"), str(error), hint=hint)]
        yield Part("Chứng thư", str(cert), errors=errors)
    yield from _authorities(settings.web, data)


def _authorities(web: WebSettings, data: YamlMap) -> Iterator[Part]:
    """Look at whom the pages trust as the central sign-on."""
    if web.oidc is None or web.oidc.ca_file is None:
        return
    errors = []
    try:
        authorities(web.oidc.ca_file)
    except certificates.CertificateError as error:
        errors = [problem_at(data, ("web", "oidc", "ca_file"), str(error), hint="ghi đúng tệp PEM")]
    yield Part("Chứng thư", str(web.oidc.ca_file), errors=errors)


def _steps(key: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in key.split(".")]


def _counts(inventory: Inventory) -> str:
    communes = sum(unit.is_commune for unit in inventory.units.values())
    watched = sum(target.is_watched for target in inventory.targets.values())
    layers = Counter(target.layer for target in inventory.targets.values() if target.is_watched)
    return (
        f"{words.number(communes)} xã, phường, đặc khu, {words.number(watched)} đối tượng được giám sát, "
        f"{words.number(len(inventory.checks))} phép đo, {len(layers)} lớp"
    )


def _report(settings: ReportSettings) -> Iterator[Part]:
    """Look at what a province put in the place of the shipped sentences and template."""
    if settings.sentences is not None:
        summary, wrong = look_at_sentences(settings)
        yield Part("Câu báo cáo", str(settings.sentences), summary, errors=wrong)
    if settings.template is not None:
        # Without it the built-in one is used, so nothing stands still.
        warnings = look_at_template(settings)
        yield Part("Mẫu báo cáo", str(settings.template), warnings=warnings)


def _messages(settings: Settings) -> Part:
    """Render every template with made-up news."""
    letterhead = Letterhead(settings.province, ZoneInfo(settings.timezone), settings.web.url)
    longest, errors, warnings = look_at_messages(settings.templates, letterhead)
    return Part(
        "Mẫu tin",
        str(settings.templates or f"{len(KINDS)} loại tin đi kèm"),
        f"dài nhất {words.number(longest)}/{words.number(TEXT_LIMIT)} ký tự",
        errors=errors,
        warnings=warnings,
    )
