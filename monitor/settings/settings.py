"""The daemon's settings: one YAML file, validated like the inventory. Secrets are files or credentials, never values."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from inventory.files.reader import read_document
from inventory.files.source import YamlMap
from inventory.problem import Problem, ProblemsError, collapse
from inventory.validation import parse
from monitor.settings.alerting import AlertingSettings, DeadManSettings
from monitor.settings.asking import DeviceSettings, ProbeSettings, SnmpSettings
from monitor.settings.base import KindName, Section, WayName
from monitor.settings.channels import EmailSettings, FileChannelSettings, MqttOutSettings, WebhookSettings
from monitor.settings.delivery import DeliverySettings
from monitor.settings.influx import InfluxSettings
from monitor.settings.inputs import HeartbeatSettings, TrapsSettings, secrets_of_traps
from monitor.settings.replies import RepliesSettings
from monitor.settings.report import ReportSettings
from monitor.settings.rules import contradictions
from monitor.settings.storage import AccountingSettings, BackupSettings, RetentionSettings
from monitor.settings.ways import anchored_ways, secrets_of_ways
from monitor.settings.web import WebSettings, anchored_web
from monitor.settings.zalo import ZaloBotSettings, ZaloOaSettings, ZbsSettings, secrets_of_zalo
from probes.snmp_ranges import AccountRanges


class InventoryWatchSettings(Section):
    """Whether changed files of the inventory are taken over without being asked to."""

    enabled: bool = True
    quiet_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 10
    """Nothing may have changed for this long: somebody who still writes has not said all yet."""


class Settings(Section):
    """Everything the daemon needs besides the inventory."""

    province: str
    """Name in messages and pages, for example "Quảng Ngãi"."""
    inventory: list[Path]
    """Folders (or files) read together as one inventory, relative to this file."""
    inventory_watch: InventoryWatchSettings = InventoryWatchSettings()
    contacts: Path | None = None
    """File with the people of the units, mode 0640 or stricter, outside of the inventory; absent: none are known."""
    oncall: Path | None = None
    """File with the people, group chats and rotas of alerting, mode 0640 or stricter; absent: only bare addresses."""
    state_dir: Path
    """Where state.db, results.db, the lock and api.sock live. Created with mode 0700."""
    ballast_mb: Annotated[int, Field(ge=0, le=65_536)] = 128
    """A file in state_dir that is given up when the disk is full, so that alerts go on; 0: none."""
    secrets_dir: Path | None = None
    """Folder with one file per secret; default: /etc/tslcd-monitor/credentials, of which systemd gives the service copies."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^@]+$")] | None = None
    """Base of links in messages; absent: messages carry no links."""
    templates: Path | None = None
    """Folder with templates of messages that win over the shipped ones (`vi/down.txt.j2`); absent: none."""
    timezone: str = "Asia/Ho_Chi_Minh"
    vantage: str = "main"
    probes: ProbeSettings = ProbeSettings()
    snmp: SnmpSettings = SnmpSettings()
    devices: DeviceSettings = DeviceSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    accounting: AccountingSettings = AccountingSettings()
    report: ReportSettings = ReportSettings()
    influx: InfluxSettings | None = None
    email: EmailSettings | None = None
    file: FileChannelSettings | None = None
    webhooks: dict[WayName, WebhookSettings] = {}
    """Hooks of the channel `webhook` by name; an address is the name of one."""
    mqtt_out: MqttOutSettings | None = None
    apprise: dict[WayName, str] = {}
    """Name -> secret that holds an Apprise URL; an address of the channel `apprise` is such a name."""
    zalo_bot: ZaloBotSettings | None = None
    zalo_oa: ZaloOaSettings | None = None
    zbs: ZbsSettings | None = None
    replies: RepliesSettings | None = None
    alerting: AlertingSettings = AlertingSettings()
    delivery: DeliverySettings = DeliverySettings()
    dead_man: DeadManSettings | None = None
    traps: TrapsSettings | None = None
    heartbeats: HeartbeatSettings | None = None
    web: WebSettings = WebSettings()
    measuring: bool = True
    """False: the daemon asks no target, for work on reports beside a copy of the databases; every status is unknown."""
    simulated: bool = False
    """The inventory's addresses exist only inside a simulated network: nothing outside of it may be asked by them."""
    lanes: dict[KindName, Annotated[int, Field(ge=1, le=20_000)]] = {}
    """Kind -> how many of its runs may be under way at once; default: what the kind says itself."""

    @property
    def watched(self) -> tuple[Path, ...]:
        """What is taken over by itself when it changes: the inventory, the people, the rotas."""
        return (*self.inventory, *(path for path in (self.contacts, self.oncall) if path is not None))

    def secrets(self) -> dict[str, str]:
        """Return the secrets that the settings name: dotted key -> name."""
        named = {
            "email.password_secret": self.email and self.email.password_secret,
            "influx.token_secret": self.influx and self.influx.token_secret,
            **secrets_of_ways(self),
            **secrets_of_zalo(self),
            "dead_man.url_secret": self.dead_man and self.dead_man.url_secret,
            "web.oidc.client_secret_name": self.web.oidc and self.web.oidc.client_secret_name,
            **secrets_of_traps(self.traps),
        }
        if self.heartbeats is not None:
            named["heartbeats.key_secret"] = self.heartbeats.key_secret
            if self.heartbeats.mqtt is not None:
                named["heartbeats.mqtt.password_secret"] = self.heartbeats.mqtt.password_secret
        return {key: name for key, name in named.items() if name}

    def reserved_secrets(self) -> dict[str, str]:
        """Return the secrets that no check may name: name -> dotted key. Those of traps are accounts of devices."""
        of_devices = secrets_of_traps(self.traps)
        return {name: key for key, name in self.secrets().items() if key not in of_devices}

    def accounts(self) -> AccountRanges:
        """Return which SNMP account is for which devices."""
        return self.snmp.accounts(frozenset(secrets_of_traps(self.traps).values()))


class SettingsError(ProblemsError):
    """The settings cannot be used; `problems` holds everything found, each `file:line: path: message`."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """A settings file as far as it can be used."""

    settings: Settings | None
    """Without the sections that are wrong; None when the file cannot be read at all."""
    problems: tuple[Problem, ...] = ()


def load_settings(path: Path) -> Settings:
    """Read the settings file; paths in it become absolute, relative ones start at its folder.

    Raises SettingsError with every problem.
    """
    read = read_settings_file(path)
    if read.problems or read.settings is None:
        raise SettingsError(read.problems)
    return read.settings


def read_settings_file(path: Path) -> ReadSettings:
    """Read what is right of the settings file, to go on looking for problems elsewhere (inventory, secrets)."""
    document = read_document(path)
    if document.data is None:
        return ReadSettings(None, collapse(document.problems))
    found = list(document.problems)
    form = parse(Settings, document.data)
    settings = _right_part(document.data, form) if isinstance(form, list) else form
    found += form if isinstance(form, list) else []
    if settings is not None:
        # Within a section of which a key was left out, a contradiction may be a consequence.
        wrong = {problem.path.partition(".")[0] for problem in found}
        found += [
            each
            for each in contradictions(settings, document.data)
            if each.path.partition(".")[0] not in wrong
        ]
        settings = _with_absolute_paths(settings, path.absolute().parent)
    return ReadSettings(settings, collapse(found))


def _right_part(data: YamlMap, problems: list[Problem]) -> Settings | None:
    """Return the settings without what is wrong: without those keys, or else without their whole sections."""
    right = data
    for problem in problems:
        right = _without(right, problem.path.split("."))
    for key, nothing in (("province", ""), ("inventory", []), ("state_dir", ".")):
        if key not in right:
            right = YamlMap(data.place).over(right)
            right.put(key, nothing, data.place)
    settings = parse(Settings, right)
    if isinstance(settings, list):
        for problem in settings:
            right = _without(right, re.split(r"[.\[]", problem.path)[:1])
        settings = parse(Settings, right)
    return None if isinstance(settings, list) else settings


def _without(data: YamlMap, path: list[str]) -> YamlMap:
    """Return a copy without what `path` names; of a list's item, without the list."""
    first, *rest = path
    key = first.partition("[")[0]
    copy = YamlMap(data.place)
    for name, value in data.items():
        if name != key:
            copy.put(name, value, data.places[name])
        elif rest and isinstance(value, YamlMap):
            copy.put(name, _without(value, rest), data.places[name])
    return copy


def _with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    def anchored(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    email, file, beats = settings.email, settings.file, settings.heartbeats
    http, mqtt = (None, None) if beats is None else (beats.http, beats.mqtt)
    http = http and http.model_copy(
        update={"tls_cert": anchored(http.tls_cert), "tls_key": anchored(http.tls_key)}
    )
    mqtt = mqtt and mqtt.model_copy(update={"ca_file": anchored(mqtt.ca_file)})
    return settings.model_copy(
        update={
            "inventory": [folder / path for path in settings.inventory],
            "state_dir": folder / settings.state_dir,
            "backup": settings.backup.model_copy(update={"folder": anchored(settings.backup.folder)}),
            "report": settings.report.model_copy(
                update={
                    "sentences": anchored(settings.report.sentences),
                    "template": anchored(settings.report.template),
                }
            ),
            "contacts": anchored(settings.contacts),
            "templates": anchored(settings.templates),
            "oncall": anchored(settings.oncall),
            "secrets_dir": anchored(settings.secrets_dir),
            "email": email and email.model_copy(update={"ca_file": anchored(email.ca_file)}),
            "file": file and file.model_copy(update={"path": folder / file.path}),
            "heartbeats": beats and beats.model_copy(update={"http": http, "mqtt": mqtt}),
            "web": anchored_web(settings.web, anchored),
            **anchored_ways(settings, anchored),
        }
    )
