"""Who may see and do what: accounts, roles and rights, passwords, sessions, tokens, and what happens to idle accounts."""
