"""Which secrets a check needs where its target is: what ranges of addresses say counts like what the check says."""

from inventory.model import Check
from probes.resolve import ip_literal
from probes.snmp.access import SnmpAccess, in_range
from probes.snmp_ranges import AccountRanges


def secrets_of(check: Check, ranges: AccountRanges) -> frozenset[str]:
    """Return the names of the check's secrets; OutOfRangeError when an account is not for it or for its address.

    Of a target that has a name, the address is known only when it is asked: then the probe decides.
    """
    options = check.options
    if not isinstance(options, SnmpAccess):
        ranges.refuse_other_use(options.secrets())
        return options.secrets()
    if not ranges.accounts:
        return options.secrets()
    ip = ip_literal(check.address)
    return frozenset() if ip is None else in_range(options, ranges, ip).secrets()
