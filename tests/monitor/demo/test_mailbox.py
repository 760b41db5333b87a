import asyncio
import os
import signal
import smtplib
import stat
import sys
from email.message import EmailMessage
from pathlib import Path

from monitor.demo.folder import temporary_folder
from monitor.demo.mailbox import read_mails
from monitor.demo.processes import Streams, module_environment, start, stop

SWEPT = """
import asyncio
from monitor.demo.folder import temporary_folder

async def main():
    async with temporary_folder() as folder:
        (folder / "state").mkdir()
        (folder / "state" / "file").touch()
        print(folder, flush=True)
        await asyncio.sleep(1000)

asyncio.run(main())
"""


async def test_a_mail_becomes_a_file_with_its_recipients(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "monitor.demo.mailbox", "--folder", str(tmp_path / "mailbox")]
    process = await start(argv, env=module_environment(), streams=Streams(stdout=asyncio.subprocess.PIPE))
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    mail = EmailMessage()
    mail["Subject"] = "[MẤT] Xã Đăk Rơ Wa"
    mail["Message-ID"] = "<1@demo.invalid>"
    mail.set_content("Kính gửi Anh/Chị,\n")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
            server.send_message(mail, "giamsat@demo.invalid", ["a@demo.invalid", "b@demo.invalid"])

    await asyncio.to_thread(send)
    [kept] = read_mails(tmp_path / "mailbox")
    assert kept.subject == "[MẤT] Xã Đăk Rơ Wa"
    assert kept.message_id == "<1@demo.invalid>"
    assert kept.recipients == ("a@demo.invalid", "b@demo.invalid")
    assert kept.text == "Kính gửi Anh/Chị,\n"
    await stop(process, grace_s=5)
    assert process.returncode == 0


def test_a_mailbox_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert read_mails(tmp_path / "nowhere") == []


async def test_a_temporary_folder_is_ours_alone_and_goes() -> None:
    async with temporary_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "file").touch()
    assert not folder.exists()


async def test_a_temporary_folder_goes_when_its_owner_is_killed() -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SWEPT, env=module_environment(), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    folder = Path((await owner.stdout.readline()).decode().strip())
    assert (folder / "state" / "file").exists()
    os.kill(owner.pid, signal.SIGKILL)
    await owner.wait()
    async with asyncio.timeout(5):
        while folder.exists():  # noqa: ASYNC240 (a file system tells nobody)
            await asyncio.sleep(0.01)
