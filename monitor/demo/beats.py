"""Beats of the simulated kiosks and PCs: each over HTTPS from its own address, so a cut line stops them too.

The certificate and the key of their tokens are made at the start and die with the demo. Sent by the devices' process.
"""

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.demo.states import StateName, States

PERIOD_S = 10.0
_RETRY_S = 1.0
_TIMEOUT_S = 4.0
_VALID = dt.timedelta(days=90)
"""Longer than the monitor warns of the end of its own certificates."""
_BACKDATED = dt.timedelta(days=1)
_FREE_PARTS = 60
_ACCEPTED = 204


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine: its code, its own address, its token."""

    asset: str
    address: str
    token: str


@dataclass(frozen=True, slots=True)
class BeatPlan:
    """Who beats where. Its file holds tokens, so only we may read it."""

    url: str
    certificate: str
    """Of the listener (PEM): the only one that is trusted."""
    machines: tuple[Machine, ...]

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "BeatPlan":
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        machines = tuple(Machine(**machine) for machine in fields["machines"])
        return cls(fields["url"], fields["certificate"], machines)


def make_certificate(address: str, *, now: dt.datetime) -> tuple[str, str]:
    """Return a certificate for an IP address that vouches for itself, and its key, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tslcd-monitor demo")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - _BACKDATED, now + _VALID
        )
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


async def send_beats(plan: BeatPlan, states: States, uptime_s: Callable[[str], float]) -> None:
    """Let all machines beat, for ever; those that the story has stopped are silent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=plan.certificate)
    async with asyncio.TaskGroup() as group:
        for machine in plan.machines:
            group.create_task(_beat(plan.url, context, machine, states, uptime_s), name=machine.asset)


async def _beat(
    url: str, context: ssl.SSLContext, machine: Machine, states: States, uptime_s: Callable[[str], float]
) -> None:
    connector = aiohttp.TCPConnector(local_addr=(machine.address, 0), ssl=context, force_close=True)
    headers = {"Authorization": f"Bearer {machine.token}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
        while True:
            wait_s = _RETRY_S
            if not states.value(machine.address, StateName.BEATS_STOPPED):
                said = _said(machine, uptime_s(machine.address))
                wait_s = PERIOD_S if await _post(session, url, said) else _RETRY_S
            await asyncio.sleep(wait_s)


def _said(machine: Machine, uptime_s: float) -> dict[str, object]:
    free_ratio = (20 + zlib.crc32(machine.asset.encode()) % _FREE_PARTS) / 100
    return {
        "asset": machine.asset,
        "uptime_s": round(uptime_s),
        "disk_free_ratio": free_ratio,
        "app_alive": True,
    }


async def _post(session: aiohttp.ClientSession, url: str, said: dict[str, object]) -> bool:
    try:
        async with session.post(url, json=said) as answer:
            return answer.status == _ACCEPTED
    except (aiohttp.ClientError, TimeoutError):  # nobody listens yet, or the line is cut
        return False
