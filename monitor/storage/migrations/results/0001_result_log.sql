-- The log of check results, read by many behind their cursors. Disposable. Times are Unix seconds UTC.

-- Check ids, vantages and lists of metric names (as JSON), each stored once.
create table name (
    id integer primary key,
    text text not null unique
) strict;

-- seq is given by the program and only grows; a result is ok exactly when it has no reason. metric_values are
-- little-endian doubles in the order of the names: exact, and half the size of JSON.
create table result (
    seq integer primary key,
    check_ref integer not null,
    vantage_ref integer not null,
    started_at real not null,
    duration_s real not null,
    reason text,
    detail text not null,
    metric_names_ref integer not null,
    metric_values blob not null
) strict;

create index result_by_check on result (check_ref);

-- One row for 10,000 consecutive seqs: retention drops whole blocks, and needs no index on time.
create table block (
    id integer primary key,
    newest_at real not null
) strict;

-- How far a reader came, and how many rows retention dropped before it read them.
create table cursor (
    name text primary key,
    seq integer not null,
    skipped integer not null default 0
) strict, without rowid;

-- Lines a server refused for good.
create table dead_letter (
    id integer primary key,
    cursor_name text not null,
    seq integer not null,
    line text not null,
    error text not null,
    unique (cursor_name, seq)
) strict;
