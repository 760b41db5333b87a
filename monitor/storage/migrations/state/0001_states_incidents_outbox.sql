-- What must survive everything: states, transitions, incidents, who must be told. Times are Unix seconds UTC.

create table meta (
    key text primary key,
    value text not null
) strict, without rowid;

create table check_state (
    check_id text primary key,
    status text not null check (status in ('unknown', 'up', 'degraded', 'down')),
    since_at real not null,
    resume text check (resume in ('unknown', 'up', 'degraded', 'down')),
    cause text not null
) strict, without rowid;

-- The unique key makes a repeated commit harmless: a failed one is in doubt.
create table transition (
    id integer primary key,
    check_id text not null,
    at real not null,
    declared_at real not null,
    old text not null check (old in ('unknown', 'up', 'degraded', 'down')),
    new text not null check (new in ('unknown', 'up', 'degraded', 'down')),
    cause text not null,
    unique (check_id, at, declared_at, new)
) strict;

create index transition_by_time on transition (at);

create table incident (
    id text primary key,
    root_check_id text not null,
    opened_at real not null,
    declared_at real not null,
    cause text not null,
    acknowledged_at real,
    acknowledged_by text not null,
    resolved_at real,
    close_reason text check (close_reason in ('recovered', 'removed', 'absorbed')),
    absorbed_by text references incident (id) deferrable initially deferred
) strict;

create index incident_open on incident (declared_at) where close_reason is null;
create index incident_by_time on incident (declared_at);
create index incident_by_root on incident (root_check_id, declared_at);

create table incident_affected (
    incident_id text not null references incident (id),
    check_id text not null,
    primary key (incident_id, check_id)
) strict, without rowid;

create table incident_log (
    id integer primary key,
    incident_id text not null references incident (id) deferrable initially deferred,
    at real not null,
    kind text not null,
    who text not null,
    text text not null,
    unique (incident_id, at, kind, who, text)
) strict;

-- A row waits while it is neither sent nor cancelled nor dead. It is marked sent after the send.
create table outbox (
    id integer primary key autoincrement,
    dedup_key text not null unique,
    incident_id text not null references incident (id) deferrable initially deferred,
    kind text not null check (kind in ('opened', 'resolved')),
    step integer not null,
    channel text not null,
    recipient text not null,
    due_at real not null,
    next_attempt_at real not null,
    attempts integer not null default 0,
    last_attempt_at real,
    last_error text not null default '',
    sent_at real,
    dead_at real,
    cancel_reason text
) strict;

create index outbox_waiting on outbox (channel, next_attempt_at)
    where sent_at is null and dead_at is null and cancel_reason is null;
create index outbox_by_incident on outbox (incident_id, channel, recipient);
create index outbox_dead on outbox (dead_at) where dead_at is not null;

create view waiting as
    select * from outbox where sent_at is null and dead_at is null and cancel_reason is null;

-- Whoever got the opened message gets the resolved one: it is blocked until the opened ones are settled, and goes only
-- if one of them was sent.
create view waiting_judged as
    select
        waiting.*,
        kind = 'resolved' and exists (
            select 1 from waiting as opened
            where opened.incident_id = waiting.incident_id and opened.channel = waiting.channel
                and opened.recipient = waiting.recipient and opened.kind = 'opened'
        ) as is_blocked,
        kind != 'resolved' or exists (
            select 1 from outbox as opened
            where opened.incident_id = waiting.incident_id and opened.channel = waiting.channel
                and opened.recipient = waiting.recipient and opened.kind = 'opened' and opened.sent_at is not null
        ) as is_told
    from waiting;
