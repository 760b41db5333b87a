"""What is told besides incidents: which keys the facts of each kind of bulletin have. The contract with the templates.

Facts are plain JSON. Times are Unix seconds UTC (`*_at`) or lengths (`*_s`); names are NFC as in the inventory; lists
are cut to MOST_NAMES and `*_more` counts the rest. A key is there even when there is nothing to say: "" or null or 0.

MAINTENANCE, id `maintenance:<id>:<from_at>:<stage>`
    stage       "soon", "begun", "overdue" (it ended, but something is still down: from now on an incident),
                "ended" (with the result) or "cancelled" (removed or ended before it began)
    id          of the window in the inventory, or BT-<year>-<number>
    title, reason, worker, document, contact (who declared it; "" for a window of the inventory)
    from_at, until_at   as planned
    ended_at    when it really ended; null unless stage is "ended", and then only when sooner than planned
    until_up    whether it is over for a target as soon as that is back
    targets, units, communes    how many it hits, with what is behind them
    unit_names, unit_more       the units it hits
    overdue_s   how long it should have been over ("overdue", "ended"), else 0
    down        how many targets went down in it: `back` + `still_down`
    back        how many of them are up again
    still_down  how many are not, still_down_names, still_down_more: "Xã Ba Tơ: Bộ định tuyến"
SILENCES, id `silences:<year>-W<week>`
    items       silences in force now or that ended within the last seven days, the one that ends last first; each:
                id, from_at, until_at, ended_at (null: not ended by hand), ended_by, who, comment, in_force (bool),
                targets, units, unit_names, unit_more
    items_more  how many more there are
    in_force    how many are in force
BRIEF, id `brief:<YYYY-MM-DD>` (one line at 07:00)
    open, unacknowledged    incidents that go on, and those nobody took
    since_at                the figures below are of the time since then
    new, ended, longest_s   incidents declared and ended since then, the longest of those that ended (0: none did)
    down_names, down_more   what is still down: places as people know them
    communes_up, communes   communes whose line answers, of how many that are watched
    maintenance             windows and declared maintenance today
    without_cause           incidents of this month that ended and have no confirmed cause
    silences                in force now
SHIFT, id `shift:<rota>:<from_at>` (to who leaves and who comes)
    rota, shift             their names
    from_at, until_at       of the shift that begins
    leaving, coming         names of people
    and all keys of BRIEF, since the shift before began
SELF, id `self:<component>:<since_at>[:over]`
    component, since_at, ended_at (null: it goes on), symptom, consequence, action    Vietnamese, one line each
TEST, id `test:<at>:<channel or contact>`
    who         who asked for it
PREFLIGHT, id `preflight:<meeting>:<minutes before>`
    mark        how long before: "T-60"
    meeting     its name; begins_at
    points, ready, warned, failed, unknown      how many conference points, and how they are
    ports_used, ports       of the MCU; 0 when not known
    failures    the points that are not ready, each: name, why, contact; failures_more
    warned_names, warned_more
    backup      what to fall back on; next_at: the next look, null: none
REPORT, id `report:<period>[:<what>]`
    what        "draft" (the month's report), "week" (the week's page) or "nudge" (what still lacks a cause)
    period      its id, "2026-11"
    title       its name, "tháng 11 năm 2026"
    without_cause   ended incidents of the period without a confirmed cause
    items       of a nudge the first of them, each: id, name, at; items_more
    names       of the files; attached where the channel can
    paths       where they lie, below the folder of reports: for channels that attach; never shown
    folder      where they lie on the machine, for people
    failed      formats that could not be made
    sentences   what the draft says first of difficulties; sentences_more
    command     what to type to read and change it
REPLY, id `reply:<channel>:<message id>`
    text        what is answered, ready to send
"""

from typing import Final

MOST_NAMES: Final = 8
"""Names in one list; the rest is counted."""

MOST_ITEMS: Final = 30
"""Entries of one list of things; the rest is counted."""
