"""The door: who comes in, how they prove it, and what keeps others out."""
