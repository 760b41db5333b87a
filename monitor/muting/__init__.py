"""Silences and maintenance that people declare: carried out, listed, and said in words."""
