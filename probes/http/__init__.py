"""The `http` probe: one request, its phases timed, its answer judged. RFC 9110, RFC 9112."""

from probes.http.options import HttpOptions
from probes.http.probe import KIND

__all__ = ["KIND", "HttpOptions"]
