"""Declare many at once, from a file; what is there already is left alone."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.cli.client import Client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.muting.doing import MOST_DAYS, PATHS, ask_if_much, every
from monitor.cli.muting.showing import Item, previewed
from monitor.cli.output import Output
from monitor.cli.times import moment
from monitor.wording import os_words


@dataclass(frozen=True, slots=True)
class Wanted:
    """One to declare; times as the API takes them. `declared_by`: who did before, "" for nobody."""

    selector: dict[str, list[str]]
    from_text: str
    until_text: str
    comment: str
    declared_by: str = ""
    title: str = ""
    worker: str = ""
    until_up: bool = False

    def body(self, who: str) -> dict[str, Any]:
        """Return what the API takes."""
        by = f" ({self.declared_by} khai)" if self.declared_by not in {"", who} else ""
        work = {"title": self.title, "worker": self.worker, "untilUp": self.until_up}
        return {
            "selector": self.selector,
            "from": self.from_text,
            "until": self.until_text,
            "comment": self.comment if self.comment.endswith(by) else self.comment + by,
            "who": who,
            **{key: value for key, value in work.items() if value},
        }


def read_text(name: str) -> str:
    """Return what a file holds, "-" standard input; CommandError when it cannot be read."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(Exit.USAGE, f"{name}: {os_words(error)}", "chỉ đúng tệp") from None
    except UnicodeDecodeError:
        raise CommandError(Exit.USAGE, f"{name}: không phải UTF-8", "lưu tệp dạng UTF-8") from None


def declare_all(
    wanted: Iterable[Wanted],
    client: Client,
    out: Output,
    kind: str,
    *,
    who: str,
    dry_run: bool,
    is_sure: bool,
) -> int:
    """Look at all of them, ask when it is much, then declare those that are not there yet."""
    known = {_identity(item) for item in every(client, kind, days=MOST_DAYS, past=0)["items"]}
    planned: list[dict[str, Any]] = []
    items: list[Item] = []
    skipped = 0
    for each in wanted:
        body = each.body(who)
        seen = client.post(PATHS[kind], "preview", body=body)
        if _identity(seen["item"]) in known or _identity(seen["item"] | {"comment": each.comment}) in known:
            skipped += 1
            continue
        previewed(seen["item"], seen["preview"], out, seen["asOf"])
        ask_if_much(seen["preview"], kind, is_sure=is_sure or dry_run)
        planned.append({**body, "confirm": seen["preview"]["confirm"]})
        items.append(seen["item"])
    if not dry_run:
        items = [client.post(PATHS[kind], body=body)["item"] for body in planned]
    if out.is_json:
        out.json({"schema": f"{PATHS[kind]}/1", "items": items, "skipped": skipped, "dryRun": dry_run})
        return Exit.OK
    for item in items if not dry_run else ():
        out.line(f"{item['id']}: {item['scope']}, đến {moment(item['until'])}")
    done = f"{len(items)} lần sẽ khai" if dry_run else f"Đã khai {len(items)} lần"
    out.note(f"{done}, {skipped} lần đã có.")
    return Exit.OK


def _identity(item: Item) -> tuple[object, ...]:
    """Return what makes two of them the same, whoever declared them; a start in the past is none."""
    selector = tuple(sorted((key, tuple(sorted(values))) for key, values in item["selector"].items()))
    return selector, datetime.fromisoformat(item["until"]), item["comment"]
