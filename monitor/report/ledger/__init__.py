"""The carrier ledger: what happened to each leased line in a period, against its contract."""
