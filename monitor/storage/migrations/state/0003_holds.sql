-- Why a message waited until due_at: maintenance, off_hours, new; null when nothing held it back.

alter table outbox add column held text;
