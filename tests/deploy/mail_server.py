"""The mail server of the handbook's province, run inside a machine: STARTTLS and a password, one file for each mail.

python3.11 mail_server.py CERTIFICATE KEY FOLDER USER PASSWORD_FILE PORT
"""

import itertools
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Letters:
    """Keeps what comes in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's hook)
        content = envelope.content
        assert isinstance(content, bytes)
        (self._folder / f"{next(self._numbers):03}.part").write_bytes(content)
        for part in self._folder.glob("*.part"):
            part.rename(part.with_suffix(".eml"))
        return "250 OK"


def main() -> None:
    certificate, key, folder, user, password_file, port = sys.argv[1:]
    password = Path(password_file).read_bytes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def sign_in(_server: SMTP, _session: Any, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            user.encode(),
            password,
        )
        return AuthResult(success=is_known)

    Controller(
        Letters(Path(folder)),
        hostname="127.0.0.1",
        port=int(port),
        tls_context=context,
        require_starttls=True,
        authenticator=sign_in,
        auth_required=True,
    ).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
