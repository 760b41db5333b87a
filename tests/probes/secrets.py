"""Secrets for tests."""


class FixedSecrets:
    """Knows the secrets it was given."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def get(self, name: str) -> str:
        try:
            return self._known[name.replace("-", "_")]
        except KeyError:
            raise KeyError(name) from None


PUBLIC = FixedSecrets(snmp_community="public")
