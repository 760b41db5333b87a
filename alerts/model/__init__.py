"""The values of alerting, by subject. No clock, no I/O; times ending in `_at` are Unix seconds UTC."""
