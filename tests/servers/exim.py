"""A real Exim (Debian's exim4-daemon-light) with TLS and AUTH that delivers into a Maildir."""

import asyncio
import contextlib
import email
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tests.servers.running import READY_S, STOP_S, free_port
from tests.servers.smtp import Certificate, make_certificate

USER, PASSWORD = "giamsat", "mat-khau-exim-9f3k"
CONFIG = """
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
primary_hostname = localhost
host_lookup =
hosts_require_helo =
acl_smtp_rcpt = rcpt
acl_smtp_data = data
message_size_limit = 100K
never_users =

begin acl
rcpt:
  deny    message = no such person
          local_parts = khong-co
  defer   message = try again later
          local_parts = cho
  accept  authenticated = *
  deny    message = relaying denied
data:
  accept

begin routers
all:
  driver = accept
  transport = file

begin transports
file:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
  user = Debian-exim
  delivery_date_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


@dataclass
class Exim:
    """`port` offers STARTTLS, `tls_port` speaks TLS from the first byte; AUTH is offered over TLS only."""

    port: int
    tls_port: int
    certificate: Certificate
    folder: Path

    async def mails(self, count: int) -> list[Message]:
        """Wait until so many mails were delivered; return them."""
        delivered = self.folder / "mail" / "new"
        async with asyncio.timeout(READY_S):
            while len(found := list(delivered.glob("*"))) < count:
                await asyncio.sleep(0.05)
        return [email.message_from_bytes(each.read_bytes()) for each in found]


@contextmanager
def running_exim(folder: Path) -> Iterator[Exim]:
    folder.chmod(0o755)
    for name in ("spool", "mail"):
        (folder / name).mkdir()
    certificate = make_certificate(folder)
    config = folder / "exim.conf"
    for _ in range(5):  # a free port may be taken again before Exim binds it
        port, tls_port = free_port(), free_port()
        process = _started(folder, config, certificate, port, tls_port)
        if process is not None:
            break
    else:
        told = "".join(
            each.read_text(errors="replace") for each in (folder / "output", *folder.glob("log-*"))
        )
        raise RuntimeError(f"exim is not ready: {told[-2_000:]}")
    try:
        yield Exim(port, tls_port, certificate, folder)
    finally:
        process.terminate()
        process.wait(STOP_S)


def _started(
    folder: Path, config: Path, certificate: Certificate, port: int, tls_port: int
) -> subprocess.Popen[bytes] | None:
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            tls_port=tls_port,
            certificate=certificate.certificate_file,
            key=certificate.key_file,
            user=USER,
            password=PASSWORD,
        )
    )
    config.chmod(0o644)
    subprocess.run(["chown", "-R", "Debian-exim:Debian-exim", folder], check=True)
    subprocess.run(["chown", "root:root", config], check=True)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            ["/usr/sbin/exim4", "-C", config, "-bdf"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    ends_at = time.monotonic() + READY_S
    while time.monotonic() < ends_at and process.poll() is None:
        with contextlib.suppress(OSError):
            for each in (port, tls_port):
                socket.create_connection(("127.0.0.1", each), timeout=1).close()
            return process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.kill()
    process.wait(STOP_S)
    return None
