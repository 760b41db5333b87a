"""The English words."""

from types import MappingProxyType
from typing import Final

from alerts.messages.vocabulary import OwnPart, State, Vocabulary
from alerts.model.checks import Blindness, Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CauseKind, Dimension, Side
from inventory.model import Layer
from probes.own import Sign
from probes.reading import FailureReason

ENGLISH: Final = Vocabulary(
    affected="Affected",
    statuses=MappingProxyType(
        {
            Status.UP: "Up",
            Status.DEGRADED: "Degraded",
            Status.DOWN: "Down",
            Status.UNKNOWN: "Unknown",
        }
    ),
    states=MappingProxyType(
        {
            State.DOWN: "Down",
            State.AGAIN: "Down again",
            State.SERVICE: "Not responding",
            State.NO_ACCESS: "No access",
            State.DEGRADED: "Degraded",
            State.STILL: "Nobody took it",
            State.UP: "Recovered",
            State.CLOSED: "Incident closed",
            State.REMOVED: "No longer monitored",
            State.REMOVED_CHECK: "Check removed",
            State.FLAPPING: "Flapping",
            State.LATE: "Late news",
            State.MASS: "Large outage",
            State.UPDATED: "Update",
        }
    ),
    layers=MappingProxyType(
        {
            Layer.TSLCD: ("TSLCD network", "TSLCD"),
            Layer.CONFERENCE: ("video conferencing", "Video"),
            Layer.KIOSK: ("public service kiosks", "Kiosk"),
            Layer.PC: ("commune computers", "Computer"),
            Layer.SHARED: ("shared systems", "Shared"),
            Layer.CENTRAL: ("central systems", "Central"),
            Layer.INFRA: ("infrastructure", "Infra"),
            Layer.SELF: ("the monitor itself", "Monitor"),
        }
    ),
    services=MappingProxyType(
        {
            "http": ("web service", "web"),
            "tcp": ("service port", "port"),
            "snmp": ("SNMP management", "SNMP"),
            "icmp": ("line", "line"),
            "sip": ("SIP signalling", "SIP"),
            "h323": ("H.323 signalling", "H.323"),
            "videoos": ("conference device state", "conference device"),
            "heartbeat": ("heartbeat", "heartbeat"),
            "interfaces": ("network ports", "ports"),
            "tls": ("certificate", "certificate"),
            "dns": ("name resolution", "DNS"),
            "ntp": ("time service", "NTP"),
            "": ("service", "service"),
        }
    ),
    own=MappingProxyType(
        {
            Sign.MEASURING: OwnPart(
                "measuring",
                "some devices may not be measured, or their results come late",
                "run tslcd-monitor doctor on the monitor, read its log (journalctl -u tslcd-monitor)",
            ),
            Sign.PROCESS: OwnPart(
                "memory and load",
                "the program may become slow, or be stopped and started again by the system",
                "look for another program that takes memory or CPU; raise MemoryHigh, MemoryMax, LimitNOFILE if the province has grown",
            ),
            Sign.DISK: OwnPart(
                "disk",
                "on a full disk no results, states or reports are saved",
                "free or add room; see where it goes: tslcd-monitor db stats",
            ),
            Sign.STORES: OwnPart(
                "databases",
                "results or changes of state may not be saved",
                "check the disk (df, dmesg), then the page of the monitor's own health",
            ),
            Sign.BACKUP: OwnPart(
                "backup",
                "if the disk failed now, everything since the last copy would be lost",
                "make a copy now: tslcd-monitor db backup, read what it says",
            ),
            Sign.DELIVERY: OwnPart(
                "queue of messages", "alerts have not reached people", "see why: tslcd-monitor notify queue"
            ),
            Sign.CHANNELS: OwnPart(
                "channels",
                "that channel cannot send alerts, or soon cannot",
                "see the channels on the page of the monitor's own health; renew the package or log in again",
            ),
            Sign.CERTIFICATES: OwnPart(
                "certificates",
                "once it has ended, the pages do not open and machines cannot send heartbeats",
                "put the new certificate where the old file is; no restart is needed",
            ),
            Sign.CLOCK: OwnPart(
                "clock",
                "times in messages, incidents and reports may be wrong",
                "switch synchronisation on: timedatectl set-ntp true; see whether the time server answers",
            ),
            Sign.NETWORK: OwnPart(
                "own connection",
                "nobody knows what is down until it is back; this message took a channel that still works",
                "check the monitor's cable, gateway and firewall, then the anchors",
            ),
            Sign.OUTSIDE: OwnPart(
                "signs of life",
                "if the monitor itself stopped, nobody outside would know",
                "see whether the receiver can be reached (dead_man in the settings)",
            ),
            Sign.FORWARDING: OwnPart(
                "InfluxDB",
                "Grafana's pictures lack new data; alerts and reports are not affected",
                "check the InfluxDB server and its token: tslcd-monitor influx status",
            ),
            Sign.LISTENERS: OwnPart(
                "own listeners",
                "the pages do not open, or traps, heartbeats or replies do not come in; probes and alerts go on",
                "see which port is taken (ss -lntup), which certificate cannot be read; it opens by itself once that is mended",
            ),
            Sign.INVENTORY: OwnPart(
                "inventory and settings",
                "an earlier inventory or an earlier list of people is in force",
                "see what is wrong: tslcd-monitor inventory diff, mend it, then tslcd-monitor inventory apply",
            ),
        }
    ),
    causes=MappingProxyType(
        {
            FailureReason.TIMEOUT: "no answer",
            FailureReason.UNREACHABLE: "no route to it",
            FailureReason.REFUSED: "connection refused",
            FailureReason.DNS: "its name cannot be looked up",
            FailureReason.TLS: "its certificate is not valid",
            FailureReason.AUTH: "the monitor's account was refused",
            FailureReason.PROTOCOL: "malformed answer",
            FailureReason.UNEXPECTED_ANSWER: "the answer lacks what it must have",
            FailureReason.BLOCKED: "the monitor's probe was blocked",
            FailureReason.LOCAL: "trouble on the monitor itself",
            FailureReason.INTERNAL: "trouble in the monitoring software",
            Blindness.ISOLATED: "the monitor lost its network",
            Blindness.STOPPED: "the monitor was not running",
            Blindness.OVERDUE: "no result in time",
            Blindness.OUR_FAULT: "the monitor cannot measure",
            Blindness.CLOCK: "the monitor's clock was set forward or the machine slept",
            Blindness.REMOVED: "left the inventory",
        }
    ),
    held=MappingProxyType(
        {
            SuppressionReason.MAINTENANCE: ("in maintenance", "past its maintenance, news held until {}"),
            SuppressionReason.SILENCE: ("silenced", "silenced, news held until {}"),
            SuppressionReason.OFF_HOURS: ("outside of its hours", "outside of its hours, news held until {}"),
            SuppressionReason.NEW: ("newly added", "newly added, news held until {}"),
            SuppressionReason.NIGHT: ("not for the night", "not told at night, news held until {}"),
            SuppressionReason.GATHERING: ("looking at its neighbours", "waited for its neighbours until {}"),
            SuppressionReason.BUDGET: ("budget kept for what is urgent", "waited for the budget until {}"),
        }
    ),
    cause_kinds=MappingProxyType(
        {
            CauseKind.LINE: "line",
            CauseKind.POWER: "power",
            CauseKind.DEVICE: "device",
            CauseKind.SOFTWARE: "software",
            CauseKind.CENTRAL: "central system",
            CauseKind.MAINTENANCE: "maintenance",
            CauseKind.DISASTER: "natural disaster",
            CauseKind.OTHER: "other cause",
        }
    ),
    sides=MappingProxyType(
        {
            Side.CENTRAL: "central level",
            Side.ENTERPRISE: "carrier",
            Side.LOCAL: "local",
            Side.OBJECTIVE: "nobody's fault",
        }
    ),
    commons=MappingProxyType(
        {
            Dimension.POWER: "power cut suspected, common supply {first}",
            Dimension.CIRCUIT: "line {first} suspected",
            Dimension.PARENT: "{first} suspected",
            Dimension.PROVIDER_DISTRICT: "{first} line suspected in {second}",
            Dimension.DISTRICT: "common trouble suspected in {first}",
            Dimension.PROVIDER_AREA: "{first} line suspected in {second}",
            Dimension.PROVIDER: "{first} network suspected",
            Dimension.AREA: "common trouble suspected in {first}",
            Dimension.LAYER: "nothing in common known but the time",
        }
    ),
    common_actions=MappingProxyType(
        {
            Dimension.POWER: "ask who runs {first} and the power company about the supply",
            Dimension.CIRCUIT: "have the carrier check the line {first}",
            Dimension.PARENT: "check {first} and the power there",
            Dimension.PROVIDER_DISTRICT: "have {first} check the common line in {second}; ask one commune about power",
            Dimension.DISTRICT: "ask one or two communes about power; if they have it, report to the carrier",
            Dimension.PROVIDER_AREA: "have {first} check the common line in {second}; ask one commune about power",
            Dimension.PROVIDER: "have {first} check its core and common lines",
            Dimension.AREA: "ask one or two communes about power; if they have it, report to the carrier",
            Dimension.LAYER: "check the central node and the province's lines; then ask each carrier",
        }
    ),
    former_kinds=MappingProxyType({"Thành phố ": "", "Thị xã ": "", "Huyện ": ""}),
    time_units=("d", "h", "min", "s"),
    phrases=MappingProxyType(
        {
            "under_a_second": "under 1 s",
            "seconds": "s",
            "limit": "limit {limit}",
            "beyond": "beyond its limit",
            "former_area": "formerly in {district}",
            "former_short": "former {district}",
            "system": "Digital infrastructure monitoring – {province}",
            "history_one": "{count} time in the 30 days before, lasted {longest}",
            "history_many": "{count} times in the 30 days before, longest {longest}",
            "last_cause": "{history}, last cause: {cause}",
            "again": "{count} times within 24 h",
            "hotline": "hotline {number}",
            "circuit_code": "circuit {code}",
            "and_more": "{names} and {count} more {noun}",
            "counted": "{count} {noun}",
            "share": "{name} {count}/{total}",
            "noun_commune": "communes",
            "noun_communes": "communes",
            "noun_unit": "units",
            "noun_system": "systems",
            "noun_device": "devices",
            "noun_place": "places",
            "guess": "{kind} ({basis})",
            "planned": "{owner} announced maintenance from {begin} to {end}",
            "planned_by_nobody": "maintenance is planned from {begin} to {end}",
            "told_at": "{names} at {time}",
            "ticket": "number {number}, reported {time}",
            "ticket_done": "number {number}, reported {time}, carrier says done {closed}",
            "member": "{place}, since {time}",
            "group_basis": "{count} {noun} went down within {span} of each other",
            "removed_target": "a target no longer in the inventory",
            "subject_since": ", since {time}",
            "subject_lasted_self": ", for {lasted}",
            "subject_lasted": ", lasted {lasted}",
            "headline_group": "{count} {noun} down",
            "headline_group_degraded": "{count} {noun} degraded",
            "headline_back": "{count}/{total} {noun} recovered",
            "headline_escalated": "ESCALATION {step}",
            "subject_escalated": "Escalation {step}, nobody took it",
            "headline_letter": "{count} NEWS: {words}",
            "letter_begun": "{count} incidents",
            "letter_over": "{count} recovered",
            "letter_other": "{count} others",
            "letter_row": "{headline}, since {time} ({code})",
            "letter_row_over": "{headline}, lasted {lasted} ({code})",
            "letter_kind": "{word}: {count} incidents ({names})",
            "headline_maintenance": "MAINTENANCE {stage} – {name}",
            "stage_soon": "SOON",
            "stage_begun": "BEGUN",
            "stage_overdue": "OVERDUE",
            "stage_ended": "ENDED",
            "stage_cancelled": "CALLED OFF",
            "headline_self": "MONITOR IN TROUBLE – {part}",
            "own_over": "{part}: well again",
            "own_listed": "see the page of the monitor's own health",
            "headline_self_over": "MONITOR WELL AGAIN – {part}",
            "headline_brief": "MORNING {day}: {words}",
            "brief_well": "no incidents",
            "brief_open": "{count} open incidents",
            "headline_shift": "HAND-OVER {time} on {day}",
            "headline_silences": "SILENCES: {count} in force",
            "headline_preflight": "BEFORE MEETING {mark}: {count} points not ready",
            "headline_preflight_well": "BEFORE MEETING {mark}: all points ready",
            "headline_report_draft": "DRAFT REPORT {name}",
            "headline_report_week": "WEEK'S PAGE: {name}",
            "headline_report_nudge": "REPORT {name}: {count} incidents lack a cause",
            "headline_test": "TEST – {channel}",
            "repeat_mark": "(sent again, you may have had this before)",
        }
    ),
    date_time="%H:%M on %d/%m/%Y",
    decimal_comma=False,
    two_digits=False,
)
