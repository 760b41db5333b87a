"""A commune's page as the API's JSON. Pure."""

from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.web.api.shapes import Json, incident_json, iso
from monitor.web.api.target_shapes import unit_json
from monitor.web.commune import Commune, Device, LayerLine
from monitor.web.view import Snapshot


def commune_json(seen: Commune, snapshot: Snapshot, zone: ZoneInfo) -> Json:
    """Return a commune: its layers, what hangs on what, open incidents, circuits."""
    unit = seen.unit
    return {
        **unit_json(unit, unit.code),
        "kind": unit.kind,
        "formerNames": list(unit.former_names),
        "state": seen.shown.value,
        "stateText": seen.shown.word,
        "since": iso(seen.since_at, zone),
        "layers": [_layer(each, zone) for each in seen.layers],
        "devices": [_device(each, zone) for each in seen.devices],
        "incidents": [
            incident_json(each, snapshot.inventory, zone, now=snapshot.now) for each in seen.incidents
        ],
        "circuits": [
            {"id": each.id, "provider": each.provider, "hotline": each.hotline or None}
            for each in seen.circuits
        ],
    }


def _layer(line: LayerLine, zone: ZoneInfo) -> Json:
    return {
        "layer": line.layer.value,
        "name": words.layer_name(line.layer),
        "state": line.shown.value,
        "stateText": line.shown.word,
        "since": iso(line.since_at, zone),
        "good": line.good,
        "total": line.total,
        "causeText": words.cause_phrase(line.cause) if line.cause else "",
    }


def _device(device: Device, zone: ZoneInfo) -> Json:
    return {
        "id": device.target.id,
        "name": device.name,
        "layer": device.target.layer.value,
        "state": device.shown.value,
        "since": iso(device.since_at, zone),
        "causeText": words.cause_phrase(device.cause) if device.cause else "",
        "depth": device.depth,
        "outside": list(device.outside),
    }
