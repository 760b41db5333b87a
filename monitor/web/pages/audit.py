"""The audit log, for administrators: who did what, when, from where."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from alerts.messages import words
from monitor.people.rights import Right
from monitor.web.api.audit import TEXT_LIMIT, AuditQuery, asked_of_log
from monitor.web.api.lists import MOST, USUAL
from monitor.web.audit_words import action_words
from monitor.web.paging import Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.visiting import Visit

FILTERS: Final[Mapping[str, str]] = {
    "ai": "who",
    "viec": "action",
    "chu": "text",
    "tu": "since",
    "den": "until",
}
"""Parameter of the page -> field of the question."""


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one page of the log; of a file that is downloaded, as much as fits."""
    asked = {field: visit.query.get(name, "")[:TEXT_LIMIT] for name, field in FILTERS.items()}
    is_file = visit.query.get("dang", "") != ""
    limit = MOST if is_file else USUAL
    refused = ""
    try:
        query = AuditQuery(**asked, limit=limit, cursor=visit.query.get("tiep", "")[:100])
        found, following = await asked_of_log(daemon, query, visit.zone)
    except RefusedError as error:
        found, following, refused = [], None, f"{error.detail}; {error.hint}"
    return {
        "entries": [entry for _number, entry in found],
        "named": action_words(visit.language),
        "asked": {name: visit.query.get(name, "")[:TEXT_LIMIT] for name in FILTERS},
        "wrong": refused,
        "next": None if following is None else _address(visit, following),
    }


def _address(visit: Visit, cursor: str) -> str:
    kept = {name: visit.query[name] for name in FILTERS if visit.query.get(name)}
    return f"{AUDIT.path}?{urlencode({**kept, 'tiep': cursor})}"


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the page as a table to download."""
    _ = translator(visit.language)
    named = values["named"]
    return Table(
        name="nhat-ky",
        columns=(_("Lúc"), _("Ai"), _("Từ đâu"), _("Việc"), _("Chi tiết")),
        rows=tuple(
            (
                words.short_date_time(entry.at, visit.zone),
                entry.who,
                entry.source,
                named.get(entry.action, entry.action),
                entry.detail,
            )
            for entry in values["entries"]
        ),
    )


AUDIT: Final = Page(
    path="/nhat-ky",
    needs=Right.PEOPLE,
    template="audit.html",
    read=read,
    title="Nhật ký",
    table=table,
)
PAGES: Final = (AUDIT,)
