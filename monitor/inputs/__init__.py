"""What comes in by itself: heartbeats and traps. Inputs hint and record; they never decide a status."""
