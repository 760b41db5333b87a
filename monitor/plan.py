"""Settings and inventory that belong together: read, checked against each other, handed on as one value."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alerts.model.settings import AlertSettings
from alerts.oncall.model import Directory
from alerts.oncall.parsing import ReadDirectory
from inventory.contacts import Contacts, read_contacts
from inventory.loader import Loaded, load_with_warnings
from inventory.model import ALWAYS, Inventory
from inventory.problem import Problem, near_miss
from monitor.alerting import alert_settings, policies_of
from monitor.duty.oncall_file import last_good, read_oncall, unknown_names
from monitor.secrets import KEPT_IN, NO_FOLDER, FileSecrets, InventorySecrets
from monitor.settings.settings import Settings, SettingsError, load_settings
from probes.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Plan:
    """What the daemon is to do. `config` is the settings file it came from."""

    config: Path
    settings: Settings
    inventory: Inventory
    directory: Directory = field(default_factory=Directory)
    """Who can be told."""
    contacts: Contacts = field(default_factory=Contacts, compare=False)
    """Who is to be asked about a unit."""
    oncall_fault: str = ""
    """Why the on-call file could not be used, so that the people are those of the last good one; "" when it could."""

    @classmethod
    def read(cls, config: Path) -> "Plan":
        """Read and check all. Blocking (up to a second); raises ProblemsError with everything that is wrong."""
        settings = load_settings(config)
        return cls.of(config, settings, read_folders(settings).inventory)

    @classmethod
    def of(
        cls, config: Path, settings: Settings, inventory: Inventory, *, may_use_last_good: bool = False
    ) -> "Plan":
        """Put settings, inventory and people together. Blocking: reads the files of the people.

        Raises SettingsError when the inventory (a stored one) wants what the settings do not have, and when the on-call
        file is wrong; `may_use_last_good`: then the last good one is used, if there is one. The contacts of the units
        are used as far as they are right: they only say whom to call.
        """
        read, fault = ReadDirectory(Directory()), ""
        if settings.oncall is not None:
            read = _people(settings.oncall, config, settings)
            last = last_good(settings)
            if read.problems and may_use_last_good and last.exists():
                fault, read = str(read.problems[0]), _people(last, config, settings)
        problems = [*read.problems, *_unknown_policies(config, settings, inventory)]
        problems += unknown_calendars(config, settings, inventory)
        if problems:
            raise SettingsError(problems)
        names = {code: unit.name for code, unit in inventory.units.items()}
        contacts = Contacts() if settings.contacts is None else read_contacts(settings.contacts, names)
        return cls(config, settings, inventory, read.directory, contacts, fault)

    @property
    def alerting(self) -> AlertSettings:
        """What the engine needs of the settings."""
        return alert_settings(self.settings.alerting, self.directory, zone=self.settings.timezone)


def _people(path: Path, config: Path, settings: Settings) -> ReadDirectory:
    """Read an on-call file, and hold the policies against it."""
    read = read_oncall(path, settings)
    if read.problems:
        return read
    unknown = unknown_names(policies_of(settings.alerting), read.directory, config, settings.report.writers)
    return ReadDirectory(read.directory, tuple(unknown))


def _unknown_policies(config: Path, settings: Settings, inventory: Inventory) -> Iterator[Problem]:
    policies = settings.alerting.policies
    users = {check.policy: check.id for check in inventory.checks.values()}
    for policy in sorted(users.keys() - policies.keys()):
        yield Problem(
            str(config),
            1,
            "alerting.policies",
            f"phép đo {users[policy]} dùng chính sách '{policy}' chưa có ở đây",
            near_miss(policy, policies) or f"thêm '{policy}: {{}}' nếu chỉ ghi nhận",
        )


def unknown_calendars(config: Path, settings: Settings, inventory: Inventory) -> Iterator[Problem]:
    """Yield the calendars in policies that the inventory does not have."""
    for name, policy in settings.alerting.policies.items():
        if policy.calendar not in inventory.calendars and policy.calendar != ALWAYS:
            hint = near_miss(policy.calendar, inventory.calendars) or "thêm lịch này vào danh mục"
            place = f"alerting.policies.{name}.calendar"
            yield Problem(str(config), 1, place, f"không có lịch '{policy.calendar}'", hint)


def read_folders(settings: Settings) -> Loaded:
    """Read the inventory that the settings name, and its secrets. Blocking; raises InventoryError."""
    return load_with_warnings(
        settings.inventory,
        kinds=KINDS,
        secrets=secrets_of_checks(settings),
        policies=settings.alerting.policies,
        ranges=settings.accounts(),
    )


def secrets_of_checks(settings: Settings) -> InventorySecrets:
    """Return the secrets that an inventory may name."""
    return InventorySecrets(open_secrets(settings), settings.reserved_secrets())


def open_secrets(settings: Settings) -> FileSecrets:
    """Return where secrets are: the settings' folder, else where an installed monitor has them.

    The service itself cannot read the latter: systemd hands copies over to it.
    """
    folder = settings.secrets_dir or KEPT_IN
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and folder == KEPT_IN:
        return FileSecrets(Path(credentials), is_handed_over=True)
    return FileSecrets(folder if settings.secrets_dir or folder.is_dir() else NO_FOLDER)
