"""Traps as the daemon takes them: which checks an address has, who we are to senders of informs, and a whole daemon."""

import asyncio
import signal
import socket
import traceback
from pathlib import Path

import pytest

from inventory.model import Check, Inventory, Layer, Target
from monitor.inputs.trap_input import (
    TrapInput,
    TrapInputError,
    checks_by_address,
    next_identity,
    receiving,
)
from monitor.inputs.traps import Trap
from monitor.settings.inputs import TrapsSettings
from probes.kind import Options
from tests.clock import FakeClock
from tests.monitor.daemons import running, write_config
from tests.monitor.inputs.test_traps import LINK_DOWN, send
from tests.probes.secrets import FixedSecrets
from tests.probes.servers import refused_port


def inventory(**addresses: str) -> Inventory:
    """Two checks a target."""
    return Inventory(
        units={},
        targets={id_: Target(id_, id_, "u", Layer.TSLCD, "p", address) for id_, address in addresses.items()},
        checks={
            f"{id_}/{kind}": Check(f"{id_}/{kind}", id_, kind, address, Options(), 60, 20, 5, 3, 2)
            for id_, address in addresses.items()
            for kind in ("icmp", "snmp")
        },
    )


def test_an_address_stands_for_all_checks_of_its_targets() -> None:
    found = checks_by_address(inventory(a="10.0.0.1", b="10.0.0.1", c="https://cong.example/", d="10.0.0.2"))

    assert found == {
        "10.0.0.1": {"a/icmp", "a/snmp", "b/icmp", "b/snmp"},
        "10.0.0.2": {"d/icmp", "d/snmp"},
    }


def test_the_engine_id_stays_and_boots_grow_with_every_start(tmp_path: Path) -> None:
    first, second = next_identity(tmp_path), next_identity(tmp_path)

    assert (first.boots, second.boots) == (1, 2)
    assert first.engine_id == second.engine_id
    (tmp_path / "snmp-engine").write_text("damaged")
    assert next_identity(tmp_path).boots == 1


def test_a_disk_that_takes_nothing_does_not_keep_traps_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "snmp-engine.new").mkdir()

    assert next_identity(tmp_path).boots == 1
    assert "trap_identity_not_saved" in caplog.text


def test_an_engine_id_that_is_none_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "snmp-engine").write_text("zz 7\n")
    identity = next_identity(tmp_path)

    assert identity.boots == 1
    assert bytes.fromhex(identity.engine_id)


@pytest.mark.parametrize(
    ("settings", "secrets", "says"),
    [
        ({"users": [{"name": "tram"}]}, {"snmp_auth": "ngan", "snmp_priv": "privword123"}, "'snmp-auth'.*8"),
        ({"users": [{"name": "tram"}]}, {"snmp_auth": "authword123", "snmp_priv": "mật-khẩu"}, "'snmp-priv'"),
        ({"community_secrets": ["c"]}, {"c": "công-cộng"}, "'c'"),
    ],
)
async def test_a_secret_that_snmp_cannot_use_is_named_and_not_shown(
    tmp_path: Path, settings: dict[str, object], secrets: dict[str, str], says: str
) -> None:
    trap_input = TrapInput(lambda _: None, clock=FakeClock())
    with pytest.raises(TrapInputError, match=says) as raised:
        async with receiving(
            trap_input,
            TrapsSettings.model_validate({"port": 0, **settings}),
            FixedSecrets(**secrets),
            tmp_path,
        ):
            pass

    assert not any(secret in "".join(traceback.format_exception(raised.value)) for secret in secrets.values())


async def test_a_device_that_traps_without_end_is_looked_at_now_and_then() -> None:
    looks: list[frozenset[str]] = []
    clock = FakeClock()
    taken = TrapInput(looks.append, clock=clock)
    taken.adopt(inventory(a="10.0.0.1"))
    for _ in range(60):
        for _ in range(10):
            taken._hint(Trap("10.0.0.1", LINK_DOWN, "linkDown"))
        await clock.advance(1.0)

    assert 6 <= len(looks) <= 9
    assert set(looks) == {frozenset({"a/icmp", "a/snmp"})}


async def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        settings = TrapsSettings(port=taken.getsockname()[1])
        trap_input = TrapInput(lambda _: None, clock=FakeClock())
        with pytest.raises(TrapInputError, match=r"đổi traps\.host hoặc traps\.port"):
            async with receiving(trap_input, settings, FixedSecrets(), tmp_path):
                pass


async def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    settings = TrapsSettings(port=0, community_secrets=["cong-dong"])
    with pytest.raises(TrapInputError, match="cong-dong"):
        async with receiving(
            TrapInput(lambda _: None, clock=FakeClock()), settings, FixedSecrets(), tmp_path
        ):
            pass


async def test_a_trap_makes_the_daemon_look_at_once_and_no_state_follows_from_it(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "cong-dong").write_text("secret-word\n")
    (tmp_path / "secrets" / "cong-dong").chmod(0o600)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = write_config(
        tmp_path,
        port=refused_port(),
        interval_s=3_600,
        secrets_dir="secrets",
        traps={"host": "127.0.0.1", "port": port, "community_secrets": ["cong-dong"]},
    )
    async with running(config) as daemon:
        await daemon.until_answers()
        assert "tslcd_probe_runs_total{" not in await daemon.metrics()

        await send("snmptrap", "-v2c", "-c", "secret-word", f"127.0.0.1:{port}", "", LINK_DOWN)

        async def looked() -> bool:
            return 'kind="tcp",reason="refused"' in await daemon.metrics()

        await daemon.until(looked, "a look at the device")
        assert 'tslcd_traps_total{result="hint"} 1.0' in await daemon.metrics()
        log = await asyncio.to_thread(daemon.log.read_text)
        assert "linkDown" in log
        assert "secret-word" not in log
        assert await daemon.end(signal.SIGTERM) == 0
