"""`maintenance add | list | show | update | end | import-ics`."""

from argparse import Namespace
from datetime import datetime

from monitor.cli.client import Client, open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.muting import doing
from monitor.cli.muting.importing import Wanted, declare_all, read_text
from monitor.cli.output import Output
from monitor.cli.person import person
from monitor.muting.ics import Event, IcsError, read_events

KIND = "maintenance"


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    client = open_client(arguments)
    match arguments.action:
        case "add":
            return doing.add(arguments, client, out, KIND)
        case "list":
            return doing.listed(arguments, client, out, KIND, days=arguments.days)
        case "show":
            return doing.show(arguments, client, out, KIND)
        case "update":
            return doing.update(arguments, client, out, KIND)
        case "end":
            return doing.end(arguments, client, out, KIND)
        case _:
            return _import(arguments, client, out)


def _import(arguments: Namespace, client: Client, out: Output) -> int:
    try:
        events = read_events(read_text(arguments.source))
    except IcsError as error:
        raise CommandError(
            Exit.USAGE, f"{arguments.source}: {error}", "sửa tệp, hoặc khai bằng maintenance add"
        ) from None
    as_of = datetime.fromisoformat(client.get("maintenances", query="days=1")["asOf"])
    coming = [event for event in events if _ends_at(event, as_of) > as_of]
    out.note(f"{len(coming)} sự kiện sắp tới, {len(events) - len(coming)} sự kiện đã qua thì bỏ.")
    chosen = doing.selector_of(arguments)
    wanted = [_wanted(event, chosen, arguments) for event in coming]
    who = person(arguments.who, doing="khai")
    return declare_all(wanted, client, out, KIND, who=who, dry_run=arguments.dry_run, is_sure=arguments.yes)


def _ends_at(event: Event, as_of: datetime) -> datetime:
    """Return when it ends; wall time is that of the province, whose offset `as_of` has."""
    end = datetime.fromisoformat(event.until_text)
    return end.replace(tzinfo=as_of.tzinfo) if end.tzinfo is None else end


def _wanted(event: Event, chosen: dict[str, list[str]], arguments: Namespace) -> Wanted:
    places = [place.strip() for place in event.location.replace(";", ",").split(",") if place.strip()]
    if not chosen and not places:
        raise CommandError(
            Exit.USAGE,
            f"sự kiện '{event.summary}' không nói ở đâu",
            "ghi --unit, --provider, --circuit... cho cả tệp, hoặc địa điểm (LOCATION) của sự kiện",
        )
    return Wanted(
        selector=chosen or {"units": places},
        from_text=event.from_text,
        until_text=event.until_text,
        comment=arguments.comment or event.description or event.summary or "theo lịch",
        title=event.summary,
        worker=arguments.worker,
        until_up=arguments.until_up,
    )
