"""The daemon's settings: one YAML file, validated like the inventory. Secrets are files or credentials, never values."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from inventory.files.reader import read_document
from inventory.files.source import YamlMap
from inventory.problem import Problem, ProblemsError, collapse, near_miss
from inventory.validation import parse
from monitor.settings_rules import contradictions
from probes import KINDS
from probes.resolve import ip_literal


def _known_kind(name: str) -> str:
    if name not in KINDS:
        hint = near_miss(name, KINDS) or "các loại: " + ", ".join(sorted(KINDS))
        raise PydanticCustomError("rule", "không có loại phép đo '{name}'", {"name": name, "hint": hint})
    return name


def _known_address(host: str) -> str:
    if ip_literal(host) is None:
        hint = "ví dụ 10.51.250.10, hoặc 127.0.0.1 khi chỉ nghe trên chính máy này"
        raise PydanticCustomError(
            "rule", "cần địa chỉ IP của máy này, đang là '{host}'", {"host": host, "hint": hint}
        )
    return host


def _own_machine(host: str) -> str:
    if host not in {"127.0.0.1", "::1"}:
        hint = (
            "ghi 127.0.0.1; xem từ máy khác bằng đường hầm SSH: "
            "ssh -L 8080:127.0.0.1:8080 <máy giám sát>, rồi mở http://127.0.0.1:8080/"
        )
        message = "trang web chưa có đăng nhập nên chỉ mở trên chính máy này, không mở ở '{host}'"
        raise PydanticCustomError("rule", message, {"host": host, "hint": hint})
    return host


KindName = Annotated[str, AfterValidator(_known_kind)]
PositiveSeconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Section(BaseModel):
    """Base of all sections: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class InfluxSettings(Section):
    """Where series go; absent: nowhere (the result log keeps them)."""

    url: Annotated[str, Field(pattern=r"^https?://[^@]+$")]
    """Base URL of InfluxDB 2.x/3 or VictoriaMetrics, without user-info."""
    org: str = "tslcd"
    bucket: str = "tslcd"
    token_secret: str | None = None
    """Name of the secret that holds the API token."""
    batch_rows: Annotated[int, Field(ge=1, le=20_000)] = 2_000
    """Check results in one write."""


class EmailSettings(Section):
    """The SMTP server for the channel `email`."""

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`tls` is implicit TLS (port 465); `none` is accepted for a loopback server only."""
    username: str | None = None
    password_secret: str | None = None
    """Name of the secret that holds the password."""
    sender: str
    """Address in From."""
    timeout_s: PositiveSeconds = 20
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""


class FileChannelSettings(Section):
    """The channel `file`: one JSON line a message."""

    path: Path


class RouteSettings(Section):
    """One recipient of a policy: `channel` is a channel's name, `to` its address there."""

    channel: Literal["email", "file"]
    to: str = ""


class AlertingSettings(Section):
    """Waiting times (see docs/reference.md) and who is told."""

    group_wait_s: PositiveSeconds = 5
    recovery_wait_s: PositiveSeconds = 10
    parent_wait_s: PositiveSeconds = 180
    new_target_quiet_s: Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)] = 1800
    """Nobody is told of a target that a reload brought for so long."""
    policies: dict[str, list[RouteSettings]] = {"default": []}
    """Policy name -> recipients. A policy with an empty list records incidents and tells nobody."""


class WebSettings(Section):
    """The read-only page, /healthz and /metrics: loopback only."""

    host: Annotated[str, AfterValidator(_own_machine)] = "127.0.0.1"
    """127.0.0.1 or ::1: there is no sign-in yet."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0: any free port."""
    enabled: bool = True


class TrapUserSettings(Section):
    """A user of SNMPv3 notifications: authPriv with AES-128."""

    name: Annotated[str, Field(min_length=1, max_length=32)]
    auth: Literal["sha1", "sha256", "sha512"] = "sha256"
    auth_secret: str = "snmp-auth"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the authentication password."""
    priv_secret: str = "snmp-priv"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the privacy password."""
    engine_ids: list[Annotated[str, Field(pattern=r"^([0-9a-f]{2}){5,32}$")]] = []
    """Engine ids, in hex, of the devices that send traps; informs need none."""


class TrapsSettings(Section):
    """The receiver of SNMP traps and informs; absent: none. Only addresses of watched targets are listened to."""

    host: Annotated[str, AfterValidator(_known_address)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 162
    """0: any free port."""
    community_secrets: list[str] = []
    """Names of the secrets that hold the communities of v1 and v2c."""
    users: list[TrapUserSettings] = []


class BeatHttpSettings(Section):
    """The listener for beats over HTTPS; without TLS on loopback only."""

    host: Annotated[str, AfterValidator(_known_address)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8443
    """0: any free port."""
    tls_cert: Path | None = None
    """Certificate with its chain (PEM)."""
    tls_key: Path | None = None
    """Its private key (PEM)."""


class BeatMqttSettings(Section):
    """The broker that hands beats on; without TLS on loopback only."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    tls: bool = False
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""
    username: str | None = None
    password_secret: str | None = None
    """Name of the secret that holds the password."""
    topic: Annotated[str, Field(pattern=r"^[^+#\x00-\x1f]{1,200}/\+$")] = "tslcd/beats/+"
    """What is subscribed to; the last level is the asset's code."""


class HeartbeatSettings(Section):
    """How beats come in; absent: none do."""

    key_secret: str = "heartbeat-key"  # noqa: S105 (a name)
    """Name of the secret that the assets' tokens are made with."""
    http: BeatHttpSettings | None = None
    mqtt: BeatMqttSettings | None = None


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
    state_dir: Path
    """Where state.db, results.db, the lock and api.sock live. Created with mode 0700."""
    secrets_dir: Path | None = None
    """Folder with one file per secret; default: systemd's $CREDENTIALS_DIRECTORY."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^@]+$")] | None = None
    """Base of links in messages; absent: messages carry no links."""
    timezone: str = "Asia/Ho_Chi_Minh"
    vantage: str = "main"
    retention_days: Annotated[int, Field(ge=1, le=3_650)] = 7
    """How long results.db keeps raw results: about 1 GB a day for 2,700 targets. InfluxDB keeps them longer."""
    influx: InfluxSettings | None = None
    email: EmailSettings | None = None
    file: FileChannelSettings | None = None
    alerting: AlertingSettings = AlertingSettings()
    traps: TrapsSettings | None = None
    heartbeats: HeartbeatSettings | None = None
    web: WebSettings = WebSettings()
    simulated: bool = False
    """The inventory's addresses exist only inside a simulated network: nothing outside of it may be asked by them."""
    lanes: dict[KindName, Annotated[int, Field(ge=1, le=20_000)]] = {}
    """Kind -> how many of its runs may be under way at once; default: what the kind says itself."""

    def secrets(self) -> dict[str, str]:
        """Return the secrets that the settings name: dotted key -> name."""
        named = {
            "email.password_secret": self.email and self.email.password_secret,
            "influx.token_secret": self.influx and self.influx.token_secret,
        }
        if self.traps is not None:
            for index, community in enumerate(self.traps.community_secrets):
                named[f"traps.community_secrets.{index}"] = community
            for index, user in enumerate(self.traps.users):
                named[f"traps.users.{index}.auth_secret"] = user.auth_secret
                named[f"traps.users.{index}.priv_secret"] = user.priv_secret
        if self.heartbeats is not None:
            named["heartbeats.key_secret"] = self.heartbeats.key_secret
            if self.heartbeats.mqtt is not None:
                named["heartbeats.mqtt.password_secret"] = self.heartbeats.mqtt.password_secret
        return {key: name for key, name in named.items() if name}


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
            "contacts": anchored(settings.contacts),
            "secrets_dir": anchored(settings.secrets_dir),
            "email": email and email.model_copy(update={"ca_file": anchored(email.ca_file)}),
            "file": file and file.model_copy(update={"path": folder / file.path}),
            "heartbeats": beats and beats.model_copy(update={"http": http, "mqtt": mqtt}),
        }
    )
