"""The page, /healthz, /metrics and the local API."""
