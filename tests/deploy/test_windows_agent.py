"""The agent for Windows: no PowerShell runs here, so its text is judged by rule and its request is sent as it would be.

What Windows PowerShell 5.1 reads and knows: about_PowerShell_Editions, about_Character_Encoding (a script without a byte
order mark is read in the machine's ANSI code page), about_Operators (`??`, `?.`, `&&` and the ternary came with 7).
"""

import asyncio
import json
import re
import ssl
from pathlib import Path

import pytest
from pygments.lexers.shell import PowerShellLexer  # type: ignore[import-untyped]  # no stubs
from pygments.token import Comment, String, Token  # type: ignore[import-untyped]  # no stubs

from monitor.inputs.heartbeats import TOKEN_CHARACTERS, decode
from tests.monitor.inputs.beats import token
from tests.monitor.inputs.test_beat_http import listening
from tests.probes.certificates import make_authority

AGENTS = Path(__file__).parents[2] / "deploy" / "agents"
SCRIPTS = sorted(AGENTS.glob("*.ps1"))
AGENT = AGENTS / "tslcd-beat.ps1"
BOM = b"\xef\xbb\xbf"
NEWER = (
    r"\?\?",
    r"\?\.\w",
    r"&&",
    r"\|\|",
    r"\s\?\s[^\n]*\s:\s",
    r"-Parallel\b",
    r"\busing\s+(module|namespace)\b",
)
NEWER_PARAMETERS = (
    "-SkipCertificateCheck",
    "-SkipHttpErrorCheck",
    "-AsHashtable",
    "utf8NoBOM",
    "-Authentication",
    "-Form ",
)
PAIRS = {")": "(", "]": "[", "}": "{"}


def text_of(path: Path) -> str:
    return path.read_bytes().removeprefix(BOM).decode("utf-8")


def code_of(path: Path) -> str:
    """The script without comments and the text inside strings."""
    lexed = PowerShellLexer(stripnl=False, ensurenl=False).get_tokens(text_of(path))
    return "".join(text for kind, text in lexed if kind not in Comment and kind not in String)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_powershell_5_reads_our_letters_as_they_are(path: Path) -> None:
    raw = path.read_bytes()

    assert raw.startswith(BOM)
    assert raw.count(BOM) == 1
    assert raw.count(b"\n") == raw.count(b"\r\n")
    # Typographic quotes and dashes are quotes and dashes to PowerShell.
    assert not re.search("[\u2018-\u201f\u2010-\u2015\u00a0\u200b]", text_of(path))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_powershell_5_knows_everything_a_script_says(path: Path) -> None:
    code = code_of(path)

    assert [each for each in NEWER if re.search(each, code)] == []
    assert [each for each in NEWER_PARAMETERS if each.lower() in text_of(path).lower()] == []
    assert "Set-StrictMode -Version 2" in code
    assert "$ErrorActionPreference = " in code
    assert not re.search(
        r"Invoke-Expression|\biex\b|DownloadString|ServerCertificateValidationCallback",
        text_of(path),
        re.IGNORECASE,
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_a_script_opens_it_closes(path: Path) -> None:
    opened = []
    for kind, text in PowerShellLexer().get_tokens(text_of(path)):
        assert kind is not Token.Error, text
        if kind in Comment or (kind in String and text not in {"$(", ")"}):
            continue
        for letter in text:
            if letter in PAIRS.values():
                opened.append(letter)
            elif letter in PAIRS:
                assert opened, f"'{letter}' closes nothing"
                assert opened.pop() == PAIRS[letter]
    assert opened == []


def test_the_task_runs_without_rights_and_its_files_are_only_administrators_to_change() -> None:
    text = text_of(AGENTS / "install-tslcd-beat.ps1")

    assert "New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount -RunLevel Limited" in text
    assert "$localService = 'S-1-5-19'" in text
    assert not re.search(r"New-Service|RunLevel Highest|S-1-1-0|S-1-5-11\b", text)
    # The folder is closed before the token is in it, and the token is never an argument.
    assert text.index("Set-Access $configFolder") < text.index("WriteAllText($config")
    assert "Read-Host -AsSecureString" in text
    assert not re.search(r"\[string\]\$Token", text)
    assert f"{{{TOKEN_CHARACTERS}}}" in text


def request_of_powershell_5(port: int, word: str, body: str) -> bytes:
    """What `Invoke-WebRequest -Method Post` of 5.1 sends (System.Net.HttpWebRequest), with `Expect100Continue` off."""
    agent = "Mozilla/5.0 (Windows NT; Windows NT 10.0; vi-VN) WindowsPowerShell/5.1.19041.4648"
    head = (
        f"POST /beat HTTP/1.1\r\nAuthorization: Bearer {word}\r\nUser-Agent: {agent}\r\n"
        f"Content-Type: application/json\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
        "Connection: Keep-Alive\r\n\r\n"
    )
    return (head + body).encode("latin-1")


def body_of_the_agent(**values: float | bool) -> str:
    """A beat with the keys that the script writes, in their order, as `ConvertTo-Json -Compress` prints it."""
    keys = re.findall(r"^    (\w+) +=", text_of(AGENT), re.MULTILINE) + re.findall(
        r"\$beat\.(\w+) =", text_of(AGENT)
    )
    known = {"asset": "kiosk-01", **values}
    assert set(keys) == set(known)
    return json.dumps({key: known[key] for key in keys}, separators=(",", ":"))


@pytest.mark.parametrize("uptime", [0, 86_400, 86400.0, 4294967.0])
async def test_the_request_of_the_windows_agent_is_a_beat(tmp_path: Path, uptime: float) -> None:
    authority = make_authority(tmp_path)
    body = body_of_the_agent(uptime_s=uptime, disk_free_ratio=0.3141, app_alive=True)
    async with listening(authority.server("listener")) as (intake, port):
        trusting = ssl.create_default_context(cafile=str(authority.file))
        trusting.minimum_version = trusting.maximum_version = ssl.TLSVersion.TLSv1_2
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
            writer.write(request_of_powershell_5(port, token("kiosk-01"), body))
            answer = await reader.read()
            writer.close()
        last = intake.beats.last("kiosk-01")

    assert answer.startswith(b"HTTP/1.1 204 ")
    assert last is not None
    assert last.metrics == {"uptime_s": float(uptime), "disk_free_ratio": 0.3141, "app_alive": 1.0}


def test_a_beat_of_the_windows_agent_says_what_it_should_and_no_more() -> None:
    said = decode(
        body_of_the_agent(uptime_s=1, disk_free_ratio=1, app_alive=False).encode(), with_token=False
    )

    assert said.asset == "kiosk-01"
    assert not re.search(
        r"USERNAME|COMPUTERNAME|USERDOMAIN|Win32_ComputerSystem|Get-NetIP", text_of(AGENT), re.IGNORECASE
    )
    # Without it 5.1 asks "100 Continue" first, and waits a third of a second for an answer.
    assert "[Net.ServicePointManager]::Expect100Continue = $false" in text_of(AGENT)
    # A redirect would carry the token to wherever it points.
    assert "-MaximumRedirection 0" in text_of(AGENT)
