"""state.db (precious) and results.db (the log), and the forwarder to InfluxDB."""
