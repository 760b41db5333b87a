-- The log of check results, read by many behind their cursors, and what it becomes: chunks and rollups. Times are Unix
-- milliseconds UTC where a name ends in _ms, else Unix seconds UTC.

-- Check ids, vantages, names of metrics and lists of them (as JSON), each stored once. Ids stay below 2^24.
create table name (
    id integer primary key,
    text text not null unique
) strict;

-- The hot end of the log: what is not in a chunk yet. seq is given by the program and only grows (autoincrement remembers
-- the highest when all rows are in chunks); for one check started_ms only grows too. A result is ok exactly when it has no reason. metric_values are little-endian doubles in the order of
-- the names; rtts are little-endian doubles in the order of sending, NaN where no answer came.
create table result (
    seq integer primary key autoincrement,
    check_ref integer not null,
    vantage_ref integer not null,
    started_ms integer not null,
    duration_s real not null,
    reason text,
    detail text not null,
    metric_names_ref integer not null,
    metric_values blob not null,
    rtts blob not null
) strict;

create index result_by_check on result (check_ref, started_ms);

-- All results of one check that started within one hour (started_ms div 3,600,000). id is hour * 2^24 + check_ref: one
-- check's hours are looked up, an hour is dropped as one range. last_seq: the highest in it, for readers behind it.
create table chunk (
    id integer primary key,
    last_seq integer not null,
    results integer not null,
    body blob not null
) strict;

-- Chunks whose body could not be read, out of the way of the others; dropped with their hour.
create table damaged_chunk (
    id integer primary key,
    chunk_id integer not null,
    body blob not null
) strict;

-- Buckets of 5 minutes, an hour, a day, for every series of a check: a page for each day, month, year (of the settings'
-- time zone). id is page * 2^24 + check_ref, page the ordinal of its first day (1 is 0001-01-01).
create table rollup_5m (
    id integer primary key,
    body blob not null
) strict;

create table rollup_1h (
    id integer primary key,
    body blob not null
) strict;

create table rollup_1d (
    id integer primary key,
    body blob not null
) strict;

-- Days of which results came since they were last rolled up (late ones too); day is the ordinal.
create table day_due (
    day integer not null,
    check_ref integer not null,
    primary key (day, check_ref)
) strict, without rowid;

-- Results that are missing because of us: the disk did not take them.
create table gap (
    id integer primary key,
    from_at real not null,
    until_at real not null,
    results integer not null,
    why text not null
) strict;

-- How far a reader came, and how many results retention dropped before it read them.
create table cursor (
    name text primary key,
    seq integer not null,
    skipped integer not null default 0
) strict, without rowid;

-- Chunks made of results that a reader had not read: it reads them from here, oldest first, beside what is fresh.
create table backlog (
    cursor_name text not null,
    chunk_id integer not null,
    primary key (cursor_name, chunk_id)
) strict, without rowid;

-- Lines a server refused for good.
create table dead_letter (
    id integer primary key,
    cursor_name text not null,
    seq integer not null,
    line text not null,
    error text not null,
    unique (cursor_name, seq, line)
) strict;
