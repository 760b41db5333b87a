"""Secrets for tests."""


class FixedSecrets:
    """Knows the secrets it was given."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def get(self, name: str) -> str:
        return self._known[name.replace("-", "_")]


PUBLIC = FixedSecrets(snmp_community="public")
