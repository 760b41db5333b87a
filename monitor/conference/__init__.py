"""Video conferences: which there were, and whether the endpoints were ready."""
