"""What people do to incidents and take out of the books."""
