"""Time series: the log of check results, its compressed chunks, and rollups, all in results.db."""
