"""How an hour of one check's results becomes a few hundred bytes, and back."""
