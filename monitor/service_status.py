"""What `systemctl status` says of the daemon, in one line: what is watched, what is wrong there and with itself. Pure."""

from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.web.health import Grade, grade, troubles
from monitor.web.view import Snapshot


def status_line(snapshot: Snapshot, zone: ZoneInfo) -> str:
    """Return the line, in Vietnamese; the monitor's own troubles first when it cannot be relied on."""
    inventory = snapshot.inventory
    targets = sum(target.is_watched for target in inventory.targets.values())
    watching = (
        f"đang giám sát {words.number(targets)} đối tượng bằng {words.number(len(inventory.checks))} phép đo, "
        f"{words.number(len(snapshot.incidents))} sự cố đang mở"
    )
    version = snapshot.health.inventory.version
    if version is not None:
        watching += f", danh mục bản {words.number(version)}"
    found = troubles(snapshot, zone)
    if not found:
        return watching
    own = "; ".join(each.text for each in found)
    if grade(found) is Grade.FAILING:
        return f"MÁY GIÁM SÁT HỎNG: {own}. {watching[0].upper()}{watching[1:]}"
    return f"{watching}. Máy giám sát cần xem: {own}"
