import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from probes.reading import FailureReason, Reading
from probes.snmp.ber import encode_oid
from probes.snmp.device_reading import Choice
from probes.snmp.devices import DeviceName, Source, device_for, devices, parse_device
from probes.snmp.identify import SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME
from probes.snmp.model import Value
from probes.snmp.names import NAMES
from probes.snmp.scalars import KIND, SnmpOptions
from probes.snmp.values import evaluate
from tests.probes.agent import NO_SUCH_OBJECT, Behaviour, Get, running_agent, tlv
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.servers.snmpd import Snmpd
from tests.servers.snmpsim import RECORDINGS, SnmpSim

VENDORS = files("probes.snmp") / "vendors"
ALL = sorted(devices())
LOAD = "1.3.6.1.4.1.9.9.305.1.1.1.0"
COLUMN = "1.3.6.1.2.1.99.1.1"


async def probe(port: int, *, community: str = "public", version: str = "2c", **options: Any) -> Reading:
    async with KIND.connect(shared(FixedSecrets(snmp_community=community))) as measure:
        chosen = SnmpOptions.model_validate({"port": port, "version": version, **options})
        return await measure("127.0.0.1", chosen, timeout_s=5.0)


# --- the data files -----------------------------------------------------------------------------------------------


def test_every_data_file_has_a_name_and_every_name_a_data_file() -> None:
    assert {entry.name.removesuffix(".yaml") for entry in VENDORS.iterdir()} == set(get_args(DeviceName))
    assert set(get_args(Choice)) == {"auto", *get_args(DeviceName)}


def test_every_metric_has_a_name_and_every_name_is_measured() -> None:
    assert {metric for device in devices().values() for metric in device.metrics} == set(NAMES)
    assert NAMES.items() <= KIND.metrics.items()


@pytest.mark.parametrize("name", ALL)
def test_vietnamese_names_are_composed(name: DeviceName) -> None:
    device = devices()[name]
    texts = [
        device.vi,
        *(text for metric in device.metrics for text in (NAMES[metric].vi, NAMES[metric].alarm)),
    ]

    assert all(unicodedata.is_normalized("NFC", text) for text in texts)


@pytest.mark.parametrize("name", ALL)
def test_one_request_is_enough_for_all_scalars(name: DeviceName) -> None:
    asked = {SYS_UPTIME, SYS_DESCR, *devices()[name].scalars()}

    assert len(asked) <= SnmpOptions().max_oids


@pytest.mark.parametrize("name", ALL)
def test_every_ratio_has_a_range(name: DeviceName) -> None:
    loose = [
        metric
        for metric, sources in devices()[name].metrics.items()
        for source in sources
        if metric.endswith("_ratio") and source.value and (source.least is None or source.most is None)
    ]

    assert loose == []


PERSONAL = {
    "sysContact": "1.3.6.1.2.1.1.4",
    "sysLocation": "1.3.6.1.2.1.1.6",
    "users and programs": "1.3.6.1.2.1.25.4",
    "what a printer shows": "1.3.6.1.2.1.43.16",
    "call id": "1.3.6.1.4.1.13885.101.1.4.1.1.2",
    "conference id": "1.3.6.1.4.1.13885.101.1.4.1.1.3",
    "far site": "1.3.6.1.4.1.13885.101.1.4.1.1.58",
    "far system": "1.3.6.1.4.1.13885.101.1.4.1.1.59",
    "number": "1.3.6.1.4.1.2684.1.1.2",
}


@pytest.mark.parametrize("what", PERSONAL)
def test_nothing_personal_is_read(what: str) -> None:
    read = [
        oid
        for device in devices().values()
        for sources in device.metrics.values()
        for source in sources
        for oid in source.oids
    ]

    assert [oid for oid in read if f"{oid}.".startswith(f"{PERSONAL[what]}.")] == []


def test_no_two_devices_claim_the_same_object_id() -> None:
    claimed = [beginning for device in devices().values() for beginning in device.sys_object_ids]

    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize(
    ("object_id", "device"),
    [
        ("1.3.6.1.4.1.9.1.2068", "cisco-ios"),
        ("1.3.6.1.4.1.9.12.3.1.3.1812", "cisco-nx"),
        ("1.3.6.1.4.1.2011.2.23.805", "huawei-vrp"),
        ("1.3.6.1.4.1.2011.10.1.5", "h3c-comware"),
        ("1.3.6.1.4.1.14988.1", "mikrotik"),
        ("1.3.6.1.4.1.149880.1", None),
        ("1.3.6.1.4.1.9", None),
        ("", None),
    ],
)
def test_the_longest_beginning_of_the_object_id_chooses(object_id: str, device: str | None) -> None:
    assert device_for(object_id) == device


def _file(source: str, metric: str = "cpu_load_ratio") -> str:
    return f"vi: Máy\nen: Device\nmetrics:\n  {metric}:\n    - {source}\n"


BAD = {
    "vi: [": "x.yaml: while parsing",
    "[]": "x.yaml: : Input should be a valid dictionary",
    "vi: Máy\nen: Device\nmetrics: {}\n": "metrics: Dictionary should have at least 1 item",
    _file("{value: 1.3.6.1.0, colour: red}"): "metrics.cpu_load_ratio.0.colour: Extra inputs",
    _file("{value: 1.3.six}"): "metrics.cpu_load_ratio.0.value.0: String should match pattern",
    _file("{value: 1.3.6.1.0}", "cpu"): "no such metric in probes/snmp/names.py: cpu",
    _file("{used: 1.3.6.1.0}"): "needs value, or used and size, or used and free, or free and size",
    _file("{value: 1.3.6.1.0, size: 1.3.6.2.0}"): "needs value, or used and size",
    _file("{used: 1.3.6.1.0, size: 1.3.6.2.5}"): "all OIDs must be scalars (ending in .0), or columns of one",
    _file("{used: 1.3.6.1.5, size: 1.3.6.2.5, aggregate: max}"): "all OIDs must be scalars",
    _file("{value: 1.3.6.1.5}"): "aggregate belongs to columns and to several values, and must be there",
    _file("{value: 1.3.6.1.0, aggregate: max}"): "aggregate belongs to columns",
    _file("{used: 1.3.6.1.0, size: 1.3.6.2.0, scale: 2}"): "belong to a value",
    _file("{value: 1.3.6.5, aggregate: max, where: [{column: 1.3.6.4}]}"): "exactly one of equals, begins",
    _file("{value: 1.3.6.1.0, bit: -1}"): "greater than or equal to 0",
    _file("{value: 1.3.6.1.0, scale: .inf}"): "finite number",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_data_file_says_what_is_wrong_and_where(text: str) -> None:
    with pytest.raises(ValueError, match=r"^x\.yaml: ") as told:
        parse_device("x", text)

    assert BAD[text] in str(told.value)


# --- numbers out of answers ---------------------------------------------------------------------------------------


def scalar(value: Value, **source: Any) -> float | None:
    return evaluate(Source.model_validate({"value": LOAD, **source}), {LOAD: value}, {})


def ratio(**parts: Value) -> float | None:
    """Evaluate the ratio of scalars called by their parts' names."""
    oids = {name: f"1.3.6.1.4.1.{number}.0" for number, name in enumerate(("used", "free", "size"))}
    source = Source.model_validate({name: oids[name] for name in parts})
    return evaluate(source, {oids[name]: value for name, value in parts.items()}, {})


def column(
    rows: Mapping[str, Value], names: Mapping[str, Value] | None = None, **source: Any
) -> float | None:
    """Evaluate the rows of a column, with another column of names beside it."""
    form = Source.model_validate({"value": f"{COLUMN}.2", "aggregate": "max", **source})
    return evaluate(form, {}, {COLUMN: {f"{COLUMN}.2": rows, f"{COLUMN}.3": names or {}}})


@pytest.mark.parametrize(
    ("value", "source", "expected"),
    [
        (35, {"scale": 0.01}, 0.35),
        (93, {"scale": -0.01, "offset": 1}, 0.07),
        (-1, {"least": 0}, None),
        (101, {"most": 100}, None),
        (b"23 PERCENT", {}, 23.0),
        (b"12.5\x00", {}, 12.5),
        ("7", {}, 7.0),
        (b"about 7", {}, None),
        (b"1e999", {}, None),
        (b"\xff\xfe", {}, None),
        (b"", {}, None),
        (float("nan"), {}, None),
        (-1, {"unsigned": True}, 4_294_967_295.0),
        (3, {"states": {2: 0, 3: 1}}, 1.0),
        (1, {"states": {2: 0, 3: 1}}, None),
        (b"2.5", {"states": {2: 0, 3: 1}}, None),
        (b"\x40", {"bit": 1}, 1.0),
        (b"\x40", {"bit": 0}, 0.0),
        (b"\x40", {"bit": 9}, 0.0),
        (b"\x00\x40", {"bit": 9}, 1.0),
        (b"", {"bit": 1}, 0.0),
        (64, {"bit": 1}, None),
        (None, {"bit": 1}, None),
        (None, {}, None),
    ],
)
def test_a_value_is_a_number_in_its_unit_or_absent(
    value: Value, source: dict[str, Any], expected: float | None
) -> None:
    assert scalar(value, **source) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"used": 25, "size": 100}, 0.25),
        ({"used": 25, "free": 75}, 0.25),
        ({"free": 75, "size": 100}, 0.25),
        ({"used": 110, "size": 100}, 1.0),
        ({"free": 110, "size": 100}, 0.0),
        ({"used": 0, "size": 0}, None),
        ({"used": -3, "size": 100}, None),
        ({"used": 50, "size": -2}, None),
        ({"used": None, "size": 100}, None),
        ({"used": 50, "free": None}, None),
        ({"used": b"64 MB", "size": b"256 MB"}, 0.25),
        ({"used": b"64 MB", "size": b"1 GB"}, None),
    ],
)
def test_a_ratio_lies_between_nothing_and_all(parts: dict[str, Value], expected: float | None) -> None:
    assert ratio(**parts) == expected


@pytest.mark.parametrize(
    ("aggregate", "expected"), [("max", 50.0), ("min", 10.0), ("mean", 30.0), ("sum", 60.0)]
)
def test_rows_are_aggregated_without_those_that_say_nothing(aggregate: str, expected: float) -> None:
    rows: dict[str, Value] = {"1": 10, "2": 50, "3": None, "4": 65_535}

    assert column(rows, aggregate=aggregate, most=100) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"equals": ["Processor"]}, 10.0),
        ({"equals": [3]}, 30.0),
        ({"begins": ["Proc", "I/"]}, 20.0),
        ({"not_begins": ["I/", "3"]}, 10.0),
        ({"equals": ["Nobody"]}, None),
    ],
)
def test_only_the_wanted_rows_count(condition: dict[str, Any], expected: float | None) -> None:
    rows: dict[str, Value] = {"1": 10, "2": 20, "3": 30, "4": 40}
    names: dict[str, Value] = {"1": b"Processor\x00", "2": b"I/O", "3": 3}

    assert column(rows, names, where=[{"column": f"{COLUMN}.3", **condition}]) == expected


def test_a_table_without_rows_measures_nothing() -> None:
    assert column({}) is None


# --- recorded agents ----------------------------------------------------------------------------------------------

RECORDED: dict[str, tuple[str, dict[str, float | None]]] = {
    "rmx": (
        "rmx",
        {
            "mcu_ports_used_ratio": 0.92,
            "mcu_video_ports_used_ratio": 0.96,
            "mcu_ports_used": 92,
            "mcu_ports_total": 100,
            "mcu_participants": 92,
            "mcu_conferences": 3,
            "mcu_calls_failed_ratio": 0.1,
            "mcu_failed": 0,
            "mcu_h323_failed": 0,
            "mcu_sip_failed": 0,
            "mcu_hardware_failed": 0,
        },
    ),
    "rmx-failed": (
        "rmx",
        {
            "mcu_failed": 1,
            "mcu_h323_failed": 1,
            "mcu_sip_failed": None,  # switched off
            "mcu_hardware_failed": 1,
            "mcu_fan_failed": 1,
            "mcu_power_failed": 0,
            "mcu_calls_failed_ratio": None,  # no calls
        },
    ),
    "group-idle": (
        "polycom-endpoint",
        {
            "endpoint_h323_unregistered": 1,
            "endpoint_sip_unregistered": 0,  # one of two servers is enough
            "endpoint_camera_failed": 0,
            "endpoint_conferences": 0,
            "call_loss_ratio": None,
            "call_jitter_s": None,
            "call_latency_s": None,
        },
    ),
    "group-in-call": (
        "polycom-endpoint",
        {
            "endpoint_h323_unregistered": 0,
            "endpoint_sip_unregistered": 1,
            "endpoint_camera_failed": 1,
            "endpoint_conferences": 1,
            "call_loss_ratio": 0.03,
            "call_jitter_s": 0.041,
            "call_latency_s": 0.15,
        },
    ),
    "hdx": ("hdx", {"call_loss_ratio": 0.02, "call_jitter_s": 0.018, "call_latency_s": 0.095}),
    "huawei": (
        "huawei-vrp",
        {"cpu_load_ratio": 0.23, "memory_used_ratio": 0.61, "temperature_celsius": 47},
    ),
    "h3c": ("h3c-comware", {"cpu_load_ratio": 0.12, "memory_used_ratio": 0.48, "temperature_celsius": 39}),
    "cisco": (
        "cisco-ios",
        {
            "cpu_load_ratio": 0.17,
            "memory_used_ratio": pytest.approx(81_605_080 / (81_605_080 + 284_569_564)),
            "temperature_celsius": 44,
        },
    ),
    "cisco-old": (
        "cisco-ios",
        {"cpu_load_ratio": 0.35, "memory_used_ratio": 0.75, "temperature_celsius": None},
    ),
    "cisco-nx": ("cisco-nx", {"cpu_load_ratio": 0.08, "memory_used_ratio": 0.55}),
    "d-link": ("d-link", {"cpu_load_ratio": 0.06}),
    "tp-link": ("tp-link", {"cpu_load_ratio": 0.19}),
    "mikrotik": (
        "mikrotik",
        {
            "cpu_load_ratio": 0.2,
            "memory_used_ratio": pytest.approx(78_344 / 262_144),
            "temperature_celsius": 41,
        },
    ),
    "mikrotik-6": ("mikrotik", {"cpu_load_ratio": 0.2, "temperature_celsius": 52}),
    "juniper": ("juniper", {"cpu_load_ratio": 0.14, "memory_used_ratio": 0.58, "temperature_celsius": 51}),
    "fortigate": ("fortigate", {"cpu_load_ratio": 0.09, "memory_used_ratio": 0.46}),
    "zte": ("zte-zxr10", {"cpu_load_ratio": 0.21}),
    "hikvision": ("hikvision", {"cpu_load_ratio": 0.23, "memory_used_ratio": 0.25}),
    "windows": (
        "host",
        {
            "cpu_load_ratio": 0.4,
            "memory_used_ratio": 0.25,
            "disk_used_ratio": 0.5,  # its size is negative: 2^31 and more blocks
            "host_uptime_s": 123_456,
        },
    ),
    "ups-mains": (
        "ups",
        {
            "ups_on_battery": 0,
            "ups_on_battery_s": 0,
            "ups_on_bypass": 0,
            "ups_battery_low": 0,
            "ups_battery_worn": None,
            "ups_charge_ratio": 1,
            "ups_runtime_s": 2_520,
            "ups_load_ratio": 0.38,
            "ups_alarms": 0,
            "ups_test_failed": 0,
            "temperature_celsius": 27,
        },
    ),
    "ups-battery": (
        "ups",
        {
            "ups_on_battery": 1,
            "ups_on_battery_s": 1_260,
            "ups_battery_low": 1,
            "ups_charge_ratio": 0.12,
            "ups_runtime_s": 240,
            "ups_load_ratio": 1.18,
            "ups_test_failed": 1,
        },
    ),
    "ups-apc": (
        "ups",
        {
            "ups_on_battery": 0,
            "ups_battery_worn": 1,
            "ups_charge_ratio": 0.97,
            "ups_runtime_s": 1_500,
            "ups_load_ratio": 0.22,
            "temperature_celsius": 31,
        },
    ),
    "printer-ready": (
        "printer",
        {
            "printer_no_paper": 0,
            "printer_jammed": 0,
            "printer_toner_ratio": 0.25,  # the waste box is no toner
            "printer_pages": 15_237,
        },
    ),
    "printer-no-paper": ("printer", {"printer_no_paper": 1, "printer_jammed": 1, "printer_no_toner": 0}),
    "printer-some-left": ("printer", {"printer_low_toner": 1, "printer_toner_ratio": None}),
}


@pytest.mark.parametrize("recording", RECORDED)
async def test_a_recorded_device_is_known_and_measured(snmpsim: SnmpSim, recording: str) -> None:
    device, expected = RECORDED[recording]

    seen = await probe(snmpsim.port, community=recording, device="auto")

    assert seen.ok
    assert seen.notes["device"].startswith(f"{device}: ")
    assert {name: seen.metrics.get(name) for name in expected} == expected


@pytest.mark.parametrize("recording", ["rmx", "group-in-call", "huawei", "ups-mains", "cisco-old"])
async def test_the_profile_may_name_the_device_instead(snmpsim: SnmpSim, recording: str) -> None:
    device, expected = RECORDED[recording]

    seen = await probe(snmpsim.port, community=recording, device=device)

    assert {name: seen.metrics.get(name) for name in expected} == expected
    assert seen.metrics["sys_uptime_s"] == 86_400
    assert seen.notes["sys_descr"]


@pytest.mark.parametrize("recording", ["rmx", "printer-no-paper", "mikrotik"])
async def test_version_1_measures_the_same(snmpsim: SnmpSim, recording: str) -> None:
    device, expected = RECORDED[recording]

    seen = await probe(snmpsim.port, community=recording, device=device, version="1")

    assert {name: seen.metrics.get(name) for name in expected} == expected


async def test_a_device_without_object_id_of_its_own_is_chosen_by_name(snmpsim: SnmpSim) -> None:
    seen = await probe(snmpsim.port, community="zte-m6000", device="zte-m6000")

    assert seen.metrics["cpu_load_ratio"] == 0.33


async def test_a_device_that_nobody_knows_still_tells_its_uptime(snmpsim: SnmpSim) -> None:
    seen = await probe(snmpsim.port, community="unknown", device="auto")

    assert seen.ok
    assert seen.metrics.keys() == {"answer_s", "sys_uptime_s"}
    assert seen.notes["device"] == "không có dữ liệu cho sysObjectID này"
    assert seen.notes["sys_object_id"] == "1.3.6.1.4.1.99999.1"


async def test_nothing_of_the_data_file_asked_for_is_an_unexpected_answer(snmpsim: SnmpSim) -> None:
    seen = await probe(snmpsim.port, community="rmx", device="ups")

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert "không có đối tượng nào của dữ liệu 'ups'" in seen.detail


async def test_a_device_told_by_itself_that_shows_nothing_is_fine_and_says_so(snmpsim: SnmpSim) -> None:
    seen = await probe(snmpsim.port, community="cisco-smb", device="auto")

    assert seen.ok
    assert seen.metrics.keys() == {"answer_s", "sys_uptime_s"}
    assert "không có đối tượng nào của dữ liệu" in seen.detail


async def test_an_oid_of_ones_own_goes_before_the_data_file(snmpsim: SnmpSim) -> None:
    own = {"cpu_load_ratio": "1.3.6.1.4.1.9.2.1.56.0", "busy_1min_ratio": "1.3.6.1.4.1.9.2.1.57.0"}
    scale = {"cpu_load_ratio": 0.01, "busy_1min_ratio": 0.01}

    seen = await probe(snmpsim.port, community="cisco-old", device="cisco-ios", oids=own, scale=scale)

    assert seen.metrics["cpu_load_ratio"] == pytest.approx(0.61)
    assert seen.metrics["busy_1min_ratio"] == pytest.approx(0.40)
    assert seen.metrics["memory_used_ratio"] == 0.75


def test_every_recording_is_asked() -> None:
    asked = {*RECORDED, "ready", "unknown", "cisco-smb", "zte-m6000"}

    assert {path.stem for path in RECORDINGS.glob("*.snmprec")} == asked


# --- a real agent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "version"), [("auto", "2c"), ("net-snmp", "1"), ("net-snmp", "2c"), ("host", "2c")]
)
async def test_a_real_agent_tells_of_this_machine(snmpd: Snmpd, device: str, version: str) -> None:
    seen = await probe(snmpd.port, device=device, version=version)

    assert seen.ok
    assert {"memory_used_ratio", "host_uptime_s", "sys_uptime_s"} <= seen.metrics.keys()
    assert 0 < seen.metrics["memory_used_ratio"] <= 1
    assert seen.metrics["host_uptime_s"] > 0
    assert seen.notes["sys_descr"].startswith("Linux")


# --- what is asked ------------------------------------------------------------------------------------------------


class Box:
    """An agent of scalars that can be exchanged for another; remembers what was asked."""

    def __init__(self, **objects: Value) -> None:
        self.requests: list[set[str]] = []
        self.become(objects)

    def become(self, objects: Mapping[str, Value]) -> None:
        names = {"descr": SYS_DESCR, "object_id": SYS_OBJECT_ID, "uptime": SYS_UPTIME, "load": LOAD}
        self._objects = {encode_oid(oid): (oid, objects.get(name)) for name, oid in names.items()}

    def behaviour(self) -> Behaviour:
        return lambda get: [self._answer(get)]

    def _answer(self, get: Get) -> bytes:
        self.requests.append({self._objects[oid][0] for oid in get.oids if oid in self._objects})
        return get.reply([(oid, self._encoded(oid)) for oid in get.oids])

    def _encoded(self, oid: bytes) -> bytes:
        name, value = self._objects.get(oid, ("", None))
        if value is None:
            return NO_SUCH_OBJECT
        if name == SYS_OBJECT_ID:
            return tlv(6, encode_oid(str(value)))
        return tlv(4, value) if isinstance(value, bytes) else tlv(2, int(value).to_bytes(5, "big"))


NEXUS = {"descr": b"Nexus", "object_id": "1.3.6.1.4.1.9.12.3.1.3.1", "uptime": 1_000, "load": 40}


async def test_a_named_device_is_asked_once() -> None:
    box = Box(**NEXUS)

    async with running_agent(box.behaviour()) as agent:
        seen = await probe(agent.port, device="cisco-nx")

    assert box.requests == [{SYS_DESCR, SYS_UPTIME, LOAD}]
    assert seen.metrics["cpu_load_ratio"] == 0.4


async def test_auto_asks_what_it_is_once_and_again_after_a_restart() -> None:
    box = Box(**NEXUS)
    who, what = {SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME}, {SYS_UPTIME, LOAD}

    async with running_agent(box.behaviour()) as agent, KIND.connect(PUBLIC) as measure:
        options = SnmpOptions(port=agent.port, device="auto")
        await measure("127.0.0.1", options, timeout_s=2.0)
        box.become({**NEXUS, "uptime": 2_000})
        await measure("127.0.0.1", options, timeout_s=2.0)
        box.become({**NEXUS, "uptime": 50})
        seen = await measure("127.0.0.1", options, timeout_s=2.0)

    assert box.requests == [who, what, what, what, who]
    assert seen.metrics["cpu_load_ratio"] == 0.4
    assert seen.notes["sys_descr"] == "Nexus"


async def test_a_device_that_was_replaced_is_read_as_what_it_is_now() -> None:
    box = Box(**NEXUS)

    async with running_agent(box.behaviour()) as agent, KIND.connect(PUBLIC) as measure:
        options = SnmpOptions(port=agent.port, device="auto")
        await measure("127.0.0.1", options, timeout_s=2.0)
        box.become({"descr": b"Box\r\n\x1b[31m", "object_id": "1.3.6.1.4.1.99999", "uptime": 50})
        seen = await measure("127.0.0.1", options, timeout_s=2.0)

    assert seen.metrics.keys() == {"answer_s", "sys_uptime_s"}
    assert seen.notes["sys_descr"] == "Box [31m"


# --- options ------------------------------------------------------------------------------------------------------


def test_thresholds_may_watch_what_the_device_measures() -> None:
    rmx, auto = SnmpOptions(device="rmx").metrics(), SnmpOptions(device="auto").metrics()

    assert {"mcu_ports_used_ratio", "sys_uptime_s", "answer_s"} <= rmx
    assert "ups_on_battery" not in rmx
    assert {"mcu_ports_used_ratio", "ups_on_battery"} <= auto
    assert SnmpOptions().metrics() == {"sys_uptime_s", "answer_s"}


def test_a_device_without_data_is_refused() -> None:
    with pytest.raises(ValidationError, match="cisco-ios"):
        SnmpOptions.model_validate({"device": "cisco"})
