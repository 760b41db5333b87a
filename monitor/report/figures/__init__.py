"""What the accounts, incidents and meetings of a period say. Pure."""
