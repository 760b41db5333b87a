"""SIP OPTIONS: is the signalling of a conference device alive (RFC 3261)."""
