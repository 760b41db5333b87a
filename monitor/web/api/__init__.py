"""The HTTP API under /api/v1, a module for each resource. The same over TCP and over the Unix socket."""
