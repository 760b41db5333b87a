"""Which SNMP account is meant for which addresses, as the settings declare it. Names of secrets only, never values."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class RangeAccount:
    """The secrets of one range's devices; None: what a check says, or the kind's default."""

    community_secret: str | None = None
    auth_secret: str | None = None
    priv_secret: str | None = None

    def said(self) -> dict[str, str]:
        """Return what it says, by the names of a check's options."""
        every = {
            "community_secret": self.community_secret,
            "auth_secret": self.auth_secret,
            "priv_secret": self.priv_secret,
        }
        return {name: value for name, value in every.items() if value is not None}

    @property
    def secrets(self) -> frozenset[str]:
        """Names of its secrets."""
        return frozenset(self.said().values())


class OutOfRangeError(Exception):
    """An account is not meant for where a check would send it; the text says why, in Vietnamese, without the account."""

    remedy = "thêm dải chứa địa chỉ này vào snmp.ranges của cấu hình, hoặc sửa địa chỉ"


class OtherUseError(OutOfRangeError):
    """A check that is not one of SNMP names an account of a range: it could carry it anywhere."""

    remedy = "dùng một bí mật khác cho phép đo này"


@dataclass(frozen=True, slots=True)
class AccountRanges:
    """Accounts by range; without any, what a check says goes to whatever address it has."""

    accounts: Mapping[Network, RangeAccount]
    trap_secrets: frozenset[str] = frozenset()
    """Secrets that devices send traps with: accounts of devices too, which only SNMP may carry."""

    def account(self, ip: str) -> RangeAccount:
        """Return the account of the most specific range that holds the address; OutOfRangeError when none does."""
        holding = self._holding(ip)
        if not holding:
            raise OutOfRangeError(
                f"không gửi tài khoản SNMP tới {ip}: địa chỉ ngoài mọi dải trong snmp.ranges"
            )
        return self.accounts[max(holding, key=lambda network: network.prefixlen)]

    def refuse_strangers(self, ip: str, secrets: frozenset[str]) -> None:
        """Raise OutOfRangeError when one of these secrets is declared for other ranges only.

        A device's address stands in the inventory, which more people may write than may read a password: an address
        that is not the device's must not be told its community.
        """
        if not self.accounts:
            return
        here = {name for network in self._holding(ip) for name in self.accounts[network].secrets}
        elsewhere = {name for account in self.accounts.values() for name in account.secrets} - here
        for name in sorted(secrets & elsewhere):
            raise OutOfRangeError(
                f"không gửi bí mật '{name}' tới {ip}: snmp.ranges chỉ cho các dải khác dùng"
            )

    def refuse_other_use(self, secrets: frozenset[str]) -> None:
        """Raise OtherUseError when one of these secrets, which are not to be sent by SNMP, is a device's account."""
        declared = {name for account in self.accounts.values() for name in account.secrets}
        for name in sorted(secrets & (declared | self.trap_secrets)):
            where = "snmp.ranges" if name in declared else "traps"
            raise OtherUseError(
                f"bí mật '{name}' là tài khoản SNMP trong {where}, chỉ phép đo SNMP được dùng"
            )

    def _holding(self, ip: str) -> list[Network]:
        address = ipaddress.ip_address(ip)
        return [network for network in self.accounts if address in network]


ANY_ADDRESS = AccountRanges({})
