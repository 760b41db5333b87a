"""A real SIP stack: sipp as a user agent server that answers OPTIONS, over UDP or TCP."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from tests.servers.running import free_port

READY_WITHIN_S = 10.0
_SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="answer OPTIONS">
  <recv request="OPTIONS"/>
  <send><![CDATA[
    SIP/2.0 {status}
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]sipp[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Server: sipp
    Content-Length: 0
  ]]></send>
</scenario>
"""
_QUESTION = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKready{number}\r\n"
    "From: <sip:t@127.0.0.1>;tag=t\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ready{number}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


@contextmanager
def running_sipp(
    folder: Path, *, transport: Literal["udp", "tcp"] = "udp", status: str = "200 OK"
) -> Iterator[int]:
    """Run it on a free port of 127.0.0.1; yield the port. `folder` takes its files."""
    scenario = folder / "options.xml"
    scenario.write_text(_SCENARIO.format(status=status), encoding="ascii")
    process, port = _start(scenario, transport)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _start(scenario: Path, transport: str) -> tuple[subprocess.Popen[bytes], int]:
    """Try a few ports: a free one may be taken again before sipp binds it."""
    log = scenario.with_suffix(".log")
    for _ in range(5):
        port = free_port()
        mode = "u1" if transport == "udp" else "t1"
        where = [
            "-i",
            "127.0.0.1",
            "-bind_local",
            "-p",
            str(port),
            "-ci",
            "127.0.0.1",
            "-cp",
            str(free_port()),
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["sipp", "-sf", str(scenario), "-t", mode, *where, "-nostdin"],
                cwd=scenario.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if _becomes_ready(process, transport, port):
            return process, port
        process.kill()
        process.wait(10)
    raise RuntimeError(f"sipp did not start: {log.read_text(errors='replace')[-500:]}")


def _becomes_ready(process: subprocess.Popen[bytes], transport: str, port: int) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    number = 0
    while time.monotonic() < deadline and process.poll() is None:
        number += 1
        with socket.socket(socket.AF_INET, kind) as sock, suppress(OSError):
            sock.settimeout(0.2)
            sock.connect(("127.0.0.1", port))
            if transport == "tcp":
                return True
            sock.send(_QUESTION.format(port=sock.getsockname()[1], number=number).encode())
            sock.recv(2_048)
            return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    return False
