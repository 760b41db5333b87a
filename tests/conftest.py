"""Settings of the whole suite."""

import os

from hypothesis import settings

# In CI the same commit meets the same examples; everywhere else new ones are tried each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
