"""What a VideoOS device's answers say, as metrics. Pure; hostile JSON gives less, never an error.

Far-site names, addresses and call ids are in those answers: nothing here reads them. "Off" and "unknown" mean that a
part is not configured or not known: then its metric is missing. Poly VideoOS REST API Reference Guide (3.7.0).
"""

import json
import math
import re
from collections.abc import Iterator, Mapping

from probes.kind import Metric
from probes.snmp.names import NAMES
from probes.wording import one_line

MEDIASTATS_MOST = 2
"""Conferences whose streams are asked for; a room is in one at a time."""
_ENTRIES_MOST = 64
_INDEX = re.compile(r"[0-9]{1,6}")
_UP = frozenset({"up", "all_up"})
_DOWN = frozenset({"down", "all_down", "some_down", "failed", "error"})
_PARTS: Mapping[str, str] = {
    "system.status.sipserver": "endpoint_sip_unregistered",
    "system.status.gatekeeper": "endpoint_h323_unregistered",
    "system.status.mr.camera": "endpoint_camera_failed",
    "system.status.mr.audio": "endpoint_microphone_failed",
    "system.status.ipnetwork": "endpoint_network_failed",
}
_NOTES = {"model": "device_model", "softwareVersion": "device_software", "state": "device_state"}
_LONGEST_UPTIME_S = 10 * 366 * 86_400

METRICS: Mapping[str, Metric] = {
    "answer_s": Metric(
        "thời gian trả lời", "From the first request after the login to the device's first answer"
    ),
    "uptime_s": Metric("thời gian thiết bị đã chạy", "Since the device started"),
    "lan_up": Metric("cổng LAN đang hoạt động", "1 when the device's LAN port is up, else 0"),
    "reboot_needed": Metric("thiết bị cần khởi động lại", "1 when the device asks for a restart, else 0"),
    **{name: NAMES[name] for name in _PARTS.values()},
    "in_call": Metric("đang trong cuộc họp", "1 while a conference is active, else 0"),
    "call_loss_ratio": NAMES["call_loss_ratio"],
    "call_jitter_s": NAMES["call_jitter_s"],
    "call_bitrate_bps": Metric(
        "tốc độ nhận của cuộc gọi", "All received streams together; missing without a call"
    ),
}


class UnreadableError(ValueError):
    """A body that is not the JSON it should be."""


def read_json(body: bytes) -> object:
    """Decode a bounded body; UnreadableError when it is no JSON, or nested without end."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnreadableError from error


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def system(answer: object) -> tuple[dict[str, float], dict[str, str]]:
    """Return metrics and notes of GET /rest/system; UnreadableError when it is no object."""
    if not isinstance(answer, dict):
        raise UnreadableError
    metrics: dict[str, float] = {}
    uptime_s = _number(answer.get("uptime"), most=_LONGEST_UPTIME_S)
    if uptime_s is not None:
        metrics["uptime_s"] = uptime_s
    lan = answer.get("lanStatus")
    state = lan.get("state") if isinstance(lan, dict) else None
    if isinstance(state, str):
        metrics["lan_up"] = float(state == "LAN_UP")
    if isinstance(answer.get("rebootNeeded"), bool):
        metrics["reboot_needed"] = float(answer["rebootNeeded"])
    shown = {
        note: one_line(answer[key], 60) for key, note in _NOTES.items() if isinstance(answer.get(key), str)
    }
    return metrics, {note: text for note, text in shown.items() if text}


def status(answer: object) -> dict[str, float]:
    """Return metrics of GET /rest/system/status: 1 for a part that is down, 0 for one that is up."""
    metrics: dict[str, float] = {}
    for entry in _objects(answer):
        name = entry.get("name")
        metric = _PARTS.get(name) if isinstance(name, str) else None
        states = entry.get("stateList")
        if metric is None or not isinstance(states, list):
            continue
        words = {state.lower() for state in states[:_ENTRIES_MOST] if isinstance(state, str)}
        if words & (_UP | _DOWN):
            metrics[metric] = max(metrics.get(metric, 0.0), float(bool(words & _DOWN)))
    return metrics


def conferences(answer: object) -> tuple[dict[str, float], list[str]]:
    """Return `in_call` of GET /rest/conferences and the indexes of the active ones, as the device numbers them."""
    if not isinstance(answer, list):
        raise UnreadableError
    active = [entry for entry in _objects(answer) if entry.get("isActive") is True]
    indexes = [entry.get("id") for entry in active]
    # Nothing but a number or a text is made one: writing what is nested deeply ends in an error.
    usable = [
        str(index) for index in indexes if isinstance(index, int | str) and _INDEX.fullmatch(str(index))
    ]
    return {"in_call": float(bool(active))}, usable[:MEDIASTATS_MOST]


def media(answers: list[object]) -> dict[str, float]:
    """Return metrics of GET /rest/conferences/N/mediastats, one answer for each conference.

    The device tells loss in per cent, jitter in milliseconds and rates in kbit/s.
    """
    losses, jitters, rates = [], [], []
    for stream in (stream for answer in answers for stream in _objects(answer)):
        losses.append(_number(stream.get("percentPacketLoss"), most=100))
        jitters.append(_number(stream.get("jitter"), most=60_000))
        if stream.get("mediaDirection") == "RX":
            rates.append(_number(stream.get("actualBitRate"), most=1_000_000))
    metrics: dict[str, float] = {}
    if known := [loss for loss in losses if loss is not None]:
        metrics["call_loss_ratio"] = max(known) / 100
    if known := [jitter for jitter in jitters if jitter is not None]:
        metrics["call_jitter_s"] = max(known) / 1_000
    if known := [rate for rate in rates if rate is not None]:
        metrics["call_bitrate_bps"] = sum(known) * 1_000
    return metrics


def _objects(answer: object) -> Iterator[dict[str, object]]:
    entries = answer[:_ENTRIES_MOST] if isinstance(answer, list) else []
    return (entry for entry in entries if isinstance(entry, dict))


def _number(value: object, *, most: float) -> float | None:
    """Return a number from 0 to `most`; what is none, or beyond, was not measured."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most and math.isfinite(value) else None
