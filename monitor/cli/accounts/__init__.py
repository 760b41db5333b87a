"""What the actions of `uptime` do."""
