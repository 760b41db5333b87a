"""What people read: facts, words, templates. Pure."""
