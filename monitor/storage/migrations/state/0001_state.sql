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

-- Append-only: who did what to the monitor, from where, and to which version of the inventory.
create table audit (
    id integer primary key autoincrement,
    at real not null,
    who text not null,
    action text not null,
    digest text not null default '',
    detail text not null default '',
    source text not null default '' -- a network address, "uid 0"
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

-- Meetings over the conference system, as people entered them; units is JSON, [] means every unit with an endpoint.
create table meeting (
    id text primary key,
    title text not null check (title <> ''),
    begins_at real not null,
    ends_at real not null check (ends_at > begins_at),
    units text not null default '[]',
    registered integer,
    note text not null default '',
    who text not null,
    created_at real not null,
    withdrawn_at real
) strict;

create index meeting_by_time on meeting (begins_at);

-- What a writer filled into the report of a period, changed of its sentences, and added to them.
create table report_field (
    period text not null,
    key text not null,
    value text not null,
    who text not null,
    at real not null,
    primary key (period, key)
) strict, without rowid;

create table report_override (
    period text not null,
    sentence_id text not null,
    text text,
    is_used integer check (is_used in (0, 1)),
    position integer,
    auto_text text not null,
    who text not null,
    at real not null,
    primary key (period, sentence_id)
) strict, without rowid;

create table report_addition (
    period text not null,
    id text not null,
    section text not null,
    group_id text not null default '',
    text text not null check (text <> ''),
    who text not null,
    at real not null,
    primary key (period, id)
) strict, without rowid;

-- Frozen reports: never changed, never dropped. content and figures are compressed JSON; files is JSON of the hashes of
-- the files and of the libraries that drew them.
create table report_edition (
    id integer primary key autoincrement,
    kind text not null,
    period text not null,
    revision integer not null,
    frozen_at real not null,
    who text not null,
    approver text not null default '',
    reason text not null default '',
    inventory_digest text not null,
    digest text not null,
    content blob not null,
    figures blob not null,
    files text not null,
    unique (kind, period, revision)
) strict;

-- Who may sign in. password_hash: argon2id, null until an invitation was used; earlier_hashes, recovery: JSON lists.
-- totp_step: the last time step whose code was taken, no code counts twice. recovery: SHA-256 of the codes not used yet.
create table account (
    name text primary key,
    display_name text not null check (display_name <> ''),
    role text not null check (role in ('commune', 'screen', 'leader', 'duty', 'reporter', 'admin')),
    unit_code text not null default '',
    created_at real not null,
    used_at real,
    disabled_at real,
    disabled_why text not null default '',
    password_hash text,
    password_at real,
    earlier_hashes text not null default '[]',
    totp_secret text,
    totp_pending text,
    totp_step integer not null default 0,
    recovery text not null default '[]'
) strict, without rowid;

-- One link for each account at most; the hash is the SHA-256 of what stands in it.
create table invitation (
    account text primary key references account (name) on delete cascade,
    hash text not null unique,
    ends_at real not null
) strict, without rowid;

-- The id is the SHA-256 of what the browser holds.
create table session (
    id text primary key,
    account text not null references account (name) on delete cascade,
    created_at real not null,
    seen_at real not null,
    source text not null default '',
    agent text not null default ''
) strict, without rowid;

-- The hash is the SHA-256 of the secret; scopes is a JSON list of rights.
create table api_token (
    id text primary key,
    hash text not null unique,
    account text not null references account (name) on delete cascade,
    label text not null default '',
    scopes text not null,
    created_at real not null,
    ends_at real not null,
    used_at real,
    used_from text not null default ''
) strict, without rowid;

-- Attempts to sign in that failed, within a day: guessing does not begin anew at a restart.
create table failed_attempt (
    id integer primary key,
    account text not null,
    at real not null
) strict;
