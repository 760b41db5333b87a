-- What must survive everything: states, transitions, incidents, who must be told, what people decided. Times are Unix
-- seconds UTC.

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

-- A group has no root check but something in common; its members name it in part_of.
create table incident (
    id text primary key,
    root_check_id text not null,
    opened_at real not null,
    declared_at real not null,
    cause text not null,
    level text not null default 'down' check (level in ('down', 'degraded')),
    common_dimension text,
    common_value text,
    common_layer text,
    part_of text references incident (id) deferrable initially deferred,
    episodes integer not null default 1,
    downs text not null default '', -- the latest times it went down, JSON list
    longest_s real not null default 0,
    flapping_at real,
    up_at real,
    acknowledged_at real,
    acknowledged_by text not null default '',
    acknowledged_until real,
    told_step integer not null default -1,
    told_at real,
    told_round integer not null default 0,
    told_size integer not null default 0,
    told_begun_at real,
    told_policies text not null default '', -- ids, JSON list
    guess_kind text,
    guess_basis text,
    choice_kind text,
    choice_side text,
    choice_who text,
    choice_at real,
    ticket_number text,
    ticket_reported_at real,
    ticket_closed_at real,
    resolved_at real,
    close_reason text check (close_reason in ('recovered', 'removed', 'absorbed', 'by_hand')),
    name text not null default '', -- of the root's target when it began
    check ((root_check_id = '') = (common_dimension is not null))
) strict;

create index incident_open on incident (declared_at) where close_reason is null;
create index incident_by_time on incident (declared_at);
create index incident_by_root on incident (root_check_id, declared_at);
create index incident_by_group on incident (part_of) where part_of is not null;

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

-- What is told besides incidents; facts is JSON.
create table bulletin (
    id text primary key,
    kind text not null,
    at real not null,
    facts text not null
) strict, without rowid;

-- What people silenced, and maintenance they declared; selector is JSON.
create table muting (
    id text primary key,
    kind text not null check (kind in ('silence', 'maintenance')),
    selector text not null,
    from_at real not null,
    until_at real not null,
    who text not null,
    comment text not null check (comment <> ''),
    created_at real not null,
    title text not null default '',
    worker text not null default '',
    until_up integer not null default 0 check (until_up in (0, 1)),
    ended_at real,
    ended_by text not null default ''
) strict, without rowid;

create index muting_by_end on muting (until_at);

-- Who stands in for whom, besides the on-call file.
create table swap (
    id integer primary key autoincrement,
    rota text not null,
    person text not null,
    from_at real not null,
    until_at real not null,
    who text not null,
    comment text not null
) strict;

-- A row waits while it is neither sent nor cancelled nor dead. It is marked sent after the send. Rows of one message
-- share message_id. in_doubt_at: the answer to the last attempt never came, so it may have arrived. receipt: what the
-- channel called the message.
create table outbox (
    id integer primary key autoincrement,
    dedup_key text not null unique,
    about_id text not null,
    kind text not null check (
        kind in ('opened', 'escalated', 'reminded', 'updated', 'flapping', 'resolved', 'bulletin')
    ),
    round integer not null,
    step integer not null,
    severity integer not null,
    channel text not null,
    recipient text not null,
    person text not null default '',
    instead_of text not null default '',
    due_at real not null,
    next_attempt_at real not null,
    attempts integer not null default 0,
    last_attempt_at real,
    in_doubt_at real,
    last_error text not null default '',
    message_id text not null default '',
    receipt text not null default '',
    held text,
    sent_at real,
    dead_at real,
    cancel_reason text
) strict;

create index outbox_waiting on outbox (channel, next_attempt_at)
    where sent_at is null and dead_at is null and cancel_reason is null;
create index outbox_by_subject on outbox (about_id, channel, recipient);
create index outbox_dead on outbox (dead_at) where dead_at is not null;
create index outbox_sent on outbox (channel, sent_at) where sent_at is not null;

create view waiting as
    select * from outbox where sent_at is null and dead_at is null and cancel_reason is null;

-- was_told: whoever heard of it on a channel, and of no end since, hears the end there; what replaces a row of another
-- channel counts for the person. late_since_at: what the budget keeps until the morning is not late before.
create view outbox_told as
    select o.*,
        case when held = 'budget' then next_attempt_at else due_at end as late_since_at,
        coalesce((
            select max(t.id) from outbox t
            where t.about_id = o.about_id and t.sent_at is not null and t.kind not in ('resolved', 'bulletin')
                and (t.channel = o.channel and t.recipient = o.recipient
                    or o.instead_of <> '' and o.person <> '' and t.person = o.person)
        ), 0) > coalesce((
            select max(t.id) from outbox t
            where t.about_id = o.about_id and t.sent_at is not null and t.kind = 'resolved'
                and (t.channel = o.channel and t.recipient = o.recipient
                    or o.instead_of <> '' and o.person <> '' and t.person = o.person)
        ), 0) as was_told
    from outbox o;

create view waiting_told as
    select * from outbox_told where sent_at is null and dead_at is null and cancel_reason is null;

-- Links in messages act once: a token that was used, or seen in a chat, is not taken again.
create table used_once (
    token text primary key,
    at real not null
) strict, without rowid;

create index used_once_by_time on used_once (at);

-- Append-only: who did what to the monitor, and to which version of the inventory.
create table audit (
    id integer primary key autoincrement,
    at real not null,
    who text not null,
    action text not null,
    digest text not null default '',
    detail text not null default ''
) strict;

create index audit_by_time on audit (at);

-- Later decisions that a stretch of time counts as something else; append-only, also the taking back. check_ids is JSON.
create table correction (
    id integer primary key autoincrement,
    check_ids text not null,
    from_at real not null,
    until_at real not null,
    counts_as text check (counts_as in ('up', 'degraded', 'down', 'unknown', 'maintenance')),
    was text check (was in ('up', 'degraded', 'down', 'unknown', 'maintenance')),
    reason text not null check (reason <> ''),
    who text not null,
    approver text not null check (approver <> ''),
    at real not null,
    document text not null default '',
    withdraws integer references correction (id),
    check ((withdraws is null) = (counts_as is not null))
) strict;

-- A target that is new is not talked about for a while. Rows of removed targets stay: a return is no news. back_at: when
-- it was last up again after it had been down; null: it never was.
create table target_seen (
    target_id text primary key,
    first_seen_at real not null,
    back_at real
) strict, without rowid;
