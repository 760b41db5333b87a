"""Which part of the monitor each of its troubles belongs to. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from inventory.model import Inventory
from monitor.web.health import Trouble
from probes.own import Sign
from probes.self import SelfOptions

SIGN_OF: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "results_stopped": Sign.MEASURING,
        "results_late": Sign.MEASURING,
        "our_faults": Sign.MEASURING,
        "schedule_late": Sign.MEASURING,
        "conclusion_bugs": Sign.MEASURING,
        "decisions_refused": Sign.MEASURING,
        "isolated": Sign.NETWORK,
        "nothing_watched": Sign.INVENTORY,
        "reload_refused": Sign.INVENTORY,
        "started_from_version": Sign.INVENTORY,
        "reload_waits": Sign.INVENTORY,
        "inventory_pinned": Sign.INVENTORY,
        "pin_lost": Sign.INVENTORY,
        "oncall_broken": Sign.INVENTORY,
        "restart_needed": Sign.INVENTORY,
        "version_not_stored": Sign.INVENTORY,
        "state_store": Sign.STORES,
        "wal_large": Sign.STORES,
        "no_ballast": Sign.DISK,
        "result_log": Sign.STORES,
        "compaction_late": Sign.DISK,
        "compaction_refused": Sign.MEASURING,
        "chunks_damaged": Sign.DISK,
        "influx": Sign.FORWARDING,
        "influx_refused": Sign.FORWARDING,
        "outbox_late": Sign.DELIVERY,
        "dead_letters": Sign.DELIVERY,
        "backup_failed": Sign.BACKUP,
        "backup_late": Sign.BACKUP,
        "channel_login": Sign.CHANNELS,
        "channel_trouble": Sign.CHANNELS,
        "channel_package": Sign.CHANNELS,
        "channel_quota": Sign.CHANNELS,
        "channel_deaf": Sign.CHANNELS,
        "certificate_kept": Sign.CERTIFICATES,
        "listener_closed": Sign.LISTENERS,
    }
)
"""Code of a trouble -> the part whose check tells of it. STORES, DELIVERY and BACKUP have alarms of their own, and the profile
only records their checks: what no such alarm knows is another part's. Troubles found by these checks are not among them."""


def texts_of(troubles: Iterable[Trouble], inventory: Inventory, own_checks: Iterable[str]) -> dict[str, str]:
    """Return check of the monitor itself -> what is wrong there now, as its page says it; what is well is missing."""
    by_sign: dict[Sign, list[str]] = {}
    for trouble in troubles:
        sign = SIGN_OF.get(trouble.code)
        if sign is not None:
            by_sign.setdefault(sign, []).append(trouble.text)
    found = {}
    for check_id in own_checks:
        options = inventory.checks[check_id].options
        if isinstance(options, SelfOptions) and options.sign in by_sign:
            found[check_id] = "; ".join(by_sign[options.sign])
    return found
