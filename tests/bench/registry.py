"""Every benchmark by the name `make bench BENCH=name` uses. Each measures ours and its peer in the same run."""

from collections.abc import Mapping

from tests.bench import (
    accounts,
    backup,
    cut,
    daemon,
    http,
    icmp,
    inventory,
    log,
    overview,
    report,
    size,
    smoke,
    snmp,
    snmp_dead,
    sse,
)
from tests.bench.frame import Bench

BENCHES: Mapping[str, Bench] = {
    "accounts": accounts.run,
    "backup": backup.run,
    "icmp": icmp.run,
    "snmp": snmp.run,
    "snmp_dead": snmp_dead.run,
    "http": http.run,
    "inventory": inventory.run,
    "daemon": daemon.run,
    "cut": cut.run,
    "log": log.run,
    "overview": overview.run,
    "report": report.run,
    "smoke": smoke.run,
    "size": size.run,
    "sse": sse.run,
}
