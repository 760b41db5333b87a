"""`silence add | list | show | update | expire | import`."""

import json
from argparse import Namespace

from monitor.cli.client import Client, open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.muting import doing
from monitor.cli.muting.importing import Wanted, declare_all, read_text
from monitor.cli.output import Output
from monitor.cli.person import person

KIND = "silence"
_NO_EXPORT = "in bằng: tslcd-monitor silence list -o json"


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    client = open_client(arguments)
    match arguments.action:
        case "add":
            return doing.add(arguments, client, out, KIND)
        case "list":
            return doing.listed(arguments, client, out, KIND, days=400)
        case "show":
            return doing.show(arguments, client, out, KIND)
        case "update":
            return doing.update(arguments, client, out, KIND)
        case "expire":
            return doing.end(arguments, client, out, KIND)
        case _:
            return _import(arguments, client, out)


def _import(arguments: Namespace, client: Client, out: Output) -> int:
    try:
        items = json.loads(read_text(arguments.source))["items"]
        wanted = [_wanted(item) for item in items if item["state"] in {"active", "pending"}]
    except (ValueError, KeyError, TypeError):
        raise CommandError(
            Exit.USAGE, f"{arguments.source}: không phải danh sách tạm ngưng thông báo", _NO_EXPORT
        ) from None
    out.note(f"{len(wanted)} lần còn hạn, {len(items) - len(wanted)} lần đã hết thì bỏ qua.")
    who = person(arguments.who, doing="khai")
    return declare_all(wanted, client, out, KIND, who=who, dry_run=arguments.dry_run, is_sure=arguments.yes)


def _wanted(item: dict[str, object]) -> Wanted:
    selector, who = item["selector"], item["who"]
    if not isinstance(selector, dict) or item["kind"] != KIND:
        raise TypeError(f"not a silence: {item}")
    return Wanted(
        selector=selector,
        from_text=str(item["from"]),
        until_text=str(item["until"]),
        comment=str(item["comment"]),
        declared_by=str(who),
    )
