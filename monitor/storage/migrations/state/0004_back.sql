-- When a target was last up again after it had been down: a window "until up" that began before is over for it, also
-- after a restart. Null: it never was.

alter table target_seen add column back_at real;
