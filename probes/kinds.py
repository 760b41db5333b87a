"""Every kind of probe: the one place that loads all of them."""

from collections.abc import Mapping
from types import MappingProxyType

from probes import dns, h323, heartbeat, http, mqtt, ntp, self, tcp, tls
from probes.icmp import probe as icmp
from probes.kind import Kind
from probes.sip import probe as sip
from probes.snmp import interfaces
from probes.snmp import scalars as snmp
from probes.videoos import probe as videoos

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "icmp": icmp.KIND,
        "http": http.KIND,
        "tls": tls.KIND,
        "tcp": tcp.KIND,
        "dns": dns.KIND,
        "ntp": ntp.KIND,
        "snmp": snmp.KIND,
        "interfaces": interfaces.KIND,
        "heartbeat": heartbeat.KIND,
        "mqtt": mqtt.KIND,
        "sip": sip.KIND,
        "h323": h323.KIND,
        "videoos": videoos.KIND,
        "self": self.KIND,
    }
)
"""Every kind of probe, by the name the inventory uses."""
