"""The monitor looks at itself: the figures of its own checks, and which part each of its troubles belongs to."""
