-- What an inventory's life needs: who changed what, which version is in force, when a target was first seen.

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

-- A target that is new is not talked about for a while. Rows of removed targets stay: a return is no news.
create table target_seen (
    target_id text primary key,
    first_seen_at real not null
) strict, without rowid;
