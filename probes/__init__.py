"""How to measure one thing. Knows no schedule, no inventory, no alert."""
