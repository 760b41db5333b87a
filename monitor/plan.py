"""Settings and inventory that belong together: read, checked against each other, handed on as one value."""

import os
from dataclasses import dataclass
from pathlib import Path

from alerts.model.settings import AlertSettings
from alerts.oncall.model import Recipient
from inventory.loader import Loaded, load_with_warnings
from inventory.model import Inventory
from inventory.problem import Problem, near_miss
from monitor.secrets import NO_FOLDER, FileSecrets
from monitor.settings.settings import Settings, SettingsError, load_settings
from probes import KINDS


@dataclass(frozen=True, slots=True)
class Plan:
    """What the daemon is to do. `config` is the settings file it came from."""

    config: Path
    settings: Settings
    inventory: Inventory

    @classmethod
    def read(cls, config: Path) -> "Plan":
        """Read and check both. Blocking (up to a second); raises ProblemsError with everything that is wrong."""
        settings = load_settings(config)
        return cls.of(config, settings, read_folders(settings).inventory)

    @classmethod
    def of(cls, config: Path, settings: Settings, inventory: Inventory) -> "Plan":
        """Put both together; raises SettingsError when the inventory (a stored one) wants what the settings do not have."""
        users = {check.policy: check.id for check in inventory.checks.values()}
        unknown = users.keys() - settings.alerting.policies.keys()
        if unknown:
            raise SettingsError(
                Problem(
                    str(config),
                    1,
                    "alerting.policies",
                    f"phép đo {users[policy]} dùng chính sách '{policy}' chưa có ở đây",
                    near_miss(policy, settings.alerting.policies) or f"thêm '{policy}: []' nếu chỉ ghi nhận",
                )
                for policy in sorted(unknown)
            )
        return cls(config, settings, inventory)

    @property
    def alerting(self) -> AlertSettings:
        """What the engine needs of the settings."""
        alerting = self.settings.alerting
        return AlertSettings(
            group_wait_s=alerting.group_wait_s,
            recovery_wait_s=alerting.recovery_wait_s,
            parent_wait_s=alerting.parent_wait_s,
            new_target_quiet_s=alerting.new_target_quiet_s,
            routes={
                name: tuple(Recipient(route.channel, route.to) for route in routes)
                for name, routes in alerting.policies.items()
            },
        )


def read_folders(settings: Settings) -> Loaded:
    """Read the inventory that the settings name, and its secrets. Blocking; raises InventoryError."""
    return load_with_warnings(
        settings.inventory,
        kinds=KINDS,
        secrets=open_secrets(settings),
        policies=settings.alerting.policies,
    )


def open_secrets(settings: Settings) -> FileSecrets:
    """Return where secrets are: the settings' folder, else systemd's credentials, else a folder without any."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return FileSecrets(settings.secrets_dir or (Path(credentials) if credentials else NO_FOLDER))
