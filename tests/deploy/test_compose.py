"""compose.yaml: no container engine runs here, so its text is read by compose itself, and what it mounts is used for real."""

import json
import os
import re
import stat
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.settings.settings import load_settings
from tests.monitor.daemons import write_config

DEPLOY = Path(__file__).parents[2] / "deploy"
PREPARE = DEPLOY / "compose" / "prepare.sh"
BROKER_USER = 1883


def prepared(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        ["sh", PREPARE, *arguments],
        env={"PATH": os.environ["PATH"], "TSLCD_COMPOSE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    prepared(folder, "localhost")
    return folder


@cache
def composed(folder: Path) -> dict[str, Any]:
    """The file as compose understands it."""
    ended = subprocess.run(
        ["docker-compose", "-f", DEPLOY / "compose.yaml", "config"],
        env={"PATH": os.environ["PATH"], "TSLCD_COMPOSE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = yaml.safe_load(ended.stdout)
    return found


def mounts(service: dict[str, Any]) -> dict[str, Path]:
    """Files of this host by their place in the container."""
    found = {}
    for each in service["volumes"]:
        source, target, *mode = (
            each.split(":") if isinstance(each, str) else (each["source"], each["target"], "ro")
        )
        if source.startswith("/"):
            assert mode[0].startswith("ro"), each
            found[target] = Path(source)
    return found


def test_compose_reads_the_file_and_everything_it_names_is_there(folder: Path) -> None:
    project = composed(folder)

    assert set(project["services"]) == {"influxdb", "grafana", "mosquitto"}
    for service in project["services"].values():
        assert re.fullmatch(r"[a-z/-]+:\d+\.\d+\.\d+", service["image"])
        for path in mounts(service).values():
            assert path.exists(), path
        for secret in service.get("secrets", []):
            name = secret if isinstance(secret, str) else secret["source"]
            assert Path(project["secrets"][name]["file"]).is_file(), name


def test_each_container_is_closed_and_only_the_brokers_tls_port_is_open_to_others(folder: Path) -> None:
    for name, service in composed(folder)["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert service["mem_limit"], name
        assert service["healthcheck"]["test"], name
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_no_secret_is_in_the_file_or_in_the_environment_of_a_container(folder: Path) -> None:
    secrets = [path.read_text() for path in folder.glob("*-password")] + [
        (folder / "influx-admin-token").read_text()
    ]
    text = json.dumps(composed(folder))

    assert len(set(secrets)) == 5
    assert not [each for each in secrets if each in text]
    for service in composed(folder)["services"].values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET", key):
                assert key.endswith("_FILE"), key
                assert str(value).startswith("/run/secrets/")
    source = yaml.safe_load((DEPLOY / "compose" / "grafana-datasource.yaml").read_text())["datasources"][0]
    assert source["secureJsonData"] == {"password": "$__file{/run/secrets/influx-grafana-password}"}


def test_grafana_gets_our_dashboards_and_a_source_that_they_know(folder: Path) -> None:
    found = mounts(composed(folder)["services"]["grafana"])
    provider = yaml.safe_load(found["/etc/grafana/provisioning/dashboards/tslcd.yaml"].read_text())
    source = yaml.safe_load(found["/etc/grafana/provisioning/datasources/tslcd.yaml"].read_text())
    boards = found[provider["providers"][0]["options"]["path"]]

    assert boards == DEPLOY / "grafana" / "dashboards"
    uids = {
        panel["datasource"]["uid"]
        for path in boards.glob("*.json")
        for panel in json.loads(path.read_text("utf-8"))["panels"]
    }
    assert uids == {source["datasources"][0]["uid"]}


def test_secrets_are_kept_from_other_users_and_a_second_run_changes_none(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = prepared(folder, "localhost")

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    for path in before:
        if path.suffix != ".crt":
            assert not path.stat().st_mode & stat.S_IRWXO, path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in [*folder.glob("*-password"), *(folder / "for-monitor").iterdir()]:
        assert path.read_text() not in said


def test_the_settings_it_prints_are_settings_of_ours(folder: Path, tmp_path: Path) -> None:
    printed = re.search(r"(?s)(?<=cấu hình:\n).*?(?=Mật khẩu)", prepared(folder, "localhost"))
    assert printed is not None
    settings = load_settings(write_config(tmp_path, port=1, **yaml.safe_load(printed[0])))

    assert settings.influx is not None
    assert settings.influx.api == "v1"
    assert settings.secrets()["influx.token_secret"] == "influx-token"
    assert (folder / "for-monitor" / "influx-token").read_text().startswith("tslcd-monitor:")
    assert settings.heartbeats is not None


def test_the_first_start_of_influxdb_makes_one_who_only_writes_and_one_who_only_reads(tmp_path: Path) -> None:
    """A stand-in for the container's `influx` keeps what it is asked; the secrets' folder is given a place of its own."""
    (tmp_path / "influx").write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >>{tmp_path}/asked\necho >>{tmp_path}/asked\n'
    )
    (tmp_path / "influx").chmod(0o755)
    for name in ("monitor", "grafana"):
        (tmp_path / f"influx-{name}-password").write_text(f"mat-khau-{name}")
    script = (DEPLOY / "compose" / "influxdb-users.sh").read_text().replace("/run/secrets", str(tmp_path))
    subprocess.run(
        ["bash", "-c", script],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "DOCKER_INFLUXDB_INIT_BUCKET": "tslcd",
            "DOCKER_INFLUXDB_INIT_BUCKET_ID": "0123",
            "DOCKER_INFLUXDB_INIT_ORG": "tslcd",
        },
        check=True,
    )
    database, monitor, grafana = (tmp_path / "asked").read_text().splitlines()

    assert "v1 dbrp create --bucket-id 0123 --db tslcd" in database
    assert "--username tslcd-monitor --password mat-khau-monitor --write-bucket 0123" in monitor
    assert "--read-bucket" not in monitor
    assert "--username grafana --password mat-khau-grafana --read-bucket 0123" in grafana
    assert "--write-bucket" not in grafana


# What the container sees, at the same places, as the same user; its ports are those of a network of its own. $1: mounts
# (place source, a line each), $2: passwords of kiosk-01 and kiosk-02, $3: the monitor's.
BROKER = """
set -eu
ip link set lo up
mount -t tmpfs tmpfs /etc/mosquitto; mkdir /etc/mosquitto/certs
mount -t tmpfs tmpfs /mnt; config=/mnt/mosquitto.conf
printf '%s\\n' "$1" | while read -r place source; do
    case $place in /mosquitto/config/*) place=$config ;; esac
    touch "$place"; mount --bind "$source" "$place"
done
set -- $2 "$3"
setpriv --reuid=1883 --regid=1883 --clear-groups --no-new-privs /usr/sbin/mosquitto -c $config 2>/mnt/log &
broker=$!
trap 'kill $broker' EXIT
for _ in $(seq 100); do bash -c '</dev/tcp/127.0.0.1/8883' 2>/dev/null && break; sleep 0.05; done
tls="-V 5 -h localhost -p 8883 --cafile /etc/mosquitto/certs/ca.crt -q 1"
heard() { mosquitto_sub $tls -u "$1" -P "$2" -t "$3" -W 2 -F '%t %p' 2>&1; }
tell() { mosquitto_pub $tls -u "$1" -P "$2" -t "$3" -m "$4" 2>&1; }
heard tslcd-monitor "$3" 'tslcd/beats/+' >/mnt/monitor & hearing=$!
heard kiosk-02 "$2" '#' >/mnt/kiosk & listening=$!
sleep 0.7
echo "own: $(tell kiosk-01 "$1" tslcd/beats/kiosk-01 beat-of-01)"
echo "other: $(tell kiosk-01 "$1" tslcd/beats/kiosk-02 forged)"
echo "wrong: $(tell kiosk-01 x tslcd/beats/kiosk-01 nobody)"
echo "anonymous: $(mosquitto_pub $tls -t tslcd/beats/kiosk-01 -m nobody 2>&1)"
echo "plain: $(mosquitto_pub -h localhost -p 8883 -u kiosk-01 -P "$1" -t tslcd/beats/kiosk-01 -m plain 2>&1)"
wait $hearing $listening || true
mosquitto_sub $tls -u kiosk-02 -P "$2" -i kiosk-02 -t tslcd/x -W 2 >/mnt/kept 2>&1 & kept=$!
sleep 0.3
mosquitto_pub $tls -u kiosk-01 -P "$1" -i kiosk-02 -t tslcd/beats/kiosk-01 -m as-02
wait $kept || true
echo "kicked: $(grep -c 'kiosk-02 already connected' /mnt/log)"
echo "monitor: $(tr '\\n' ' ' </mnt/monitor)"
echo "kiosk: $(tr '\\n' ' ' </mnt/kiosk)"
echo "user: $(ps -o uid= -p $broker | tr -d ' ')"
"""


def test_the_broker_as_mounted_lets_a_machine_send_only_its_own_and_read_nothing(folder: Path) -> None:
    """M-01, M-02 and M-03, with TLS and the access list in force."""
    passwords = [prepared(folder, "--mqtt-user", f"kiosk-0{number}").strip() for number in (1, 2)]
    places = mounts(composed(folder)["services"]["mosquitto"])
    assert composed(folder)["services"]["mosquitto"]["user"] == f"{BROKER_USER}:{BROKER_USER}"
    ended = subprocess.run(
        [
            *(
                "unshare",
                "--mount",
                "--net",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "--propagation",
                "private",
            ),
            *("bash", "-c", BROKER, "broker"),
            "\n".join(f"{place} {source}" for place, source in places.items()),
            " ".join(passwords),
            (folder / "for-monitor" / "mqtt-password").read_text(),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = dict(line.split(": ", 1) for line in ended.stdout.splitlines() if ": " in line)

    assert said["own"] == "", ended
    assert "Not authorized" in said["other"], "M-01"
    assert "not authori" in said["wrong"].lower()
    assert "not authori" in said["anonymous"].lower()
    assert said["plain"], "no TLS, no entry"
    assert "beat-of-01" in said["monitor"]
    assert "forged" not in said["monitor"] + said["kiosk"]
    assert "beat" not in said["kiosk"], "M-02"
    assert said["user"] == str(BROKER_USER)
    assert said["kicked"] == "0", "M-03"
