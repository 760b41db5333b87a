"""Settings of the whole suite."""

import os

from hypothesis import settings

# No deadline for an example: on a busy machine it would judge the machine.
settings.register_profile("here", deadline=None)
# In CI the same commit meets the same examples; everywhere else new ones are tried each time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
