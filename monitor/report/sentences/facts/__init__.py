"""What templates and conditions see of a period, by subject."""
