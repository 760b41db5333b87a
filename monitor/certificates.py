"""Certificate files of our own listeners: read as a pair, taken over when they are renewed, kept when they are broken."""

import logging
import ssl
from pathlib import Path
from typing import Final

from monitor.clock import Clock
from monitor.wording import os_words

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 15.0
_Stamp = tuple[tuple[int, int, int], tuple[int, int, int]] | None


class CertificateError(Exception):
    """Certificate and key cannot be used; the text says why."""


class Certificate:
    """A certificate with its key, and the TLS context that uses them. Raises CertificateError. `named`: for the log."""

    def __init__(self, cert: Path, key: Path, *, named: str) -> None:
        self.fault = ""
        """Why renewed files are not used, "" when those in use are those of the disk."""
        self._cert = cert
        self._key = key
        self._named = named
        self._taken = self._seen = self._stamp()
        self.context = server_context(cert, key)

    def look(self) -> None:
        """Take renewed files over, once nobody has written to them since the last look."""
        stamp = self._stamp()
        is_quiet, self._seen = stamp == self._seen, stamp
        if stamp == self._taken or not is_quiet:
            return
        self._taken = stamp
        try:
            load_pair(self.context, self._cert, self._key)
        except CertificateError as error:
            self.fault = str(error)
            log.error("certificate_kept listener=%s error=%s", self._named, error)  # noqa: TRY400 (it says all)
            return
        self.fault = ""
        log.info("certificate_renewed listener=%s", self._named)

    async def watch(self, clock: Clock) -> None:
        """Look for ever."""
        while True:
            await clock.sleep(LOOK_EVERY_S)
            self.look()

    def _stamp(self) -> _Stamp:
        try:
            cert, key = self._cert.stat(), self._key.stat()
        except OSError:
            return None
        return (cert.st_mtime_ns, cert.st_size, cert.st_ino), (key.st_mtime_ns, key.st_size, key.st_ino)


def server_context(cert: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return a context for a listener: TLS 1.2 at least. Raises CertificateError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_pair(context, cert, key)
    return context


def load_pair(context: ssl.SSLContext, cert: Path | None, key: Path | None) -> None:
    """Read certificate and key anew. Raises CertificateError; the context then keeps those that it has."""
    try:
        # First where nothing is lost: OpenSSL drops the old key as soon as it has a certificate that is not its own.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert or Path(), key, password="")
        # The password: OpenSSL would ask for it at the terminal.
        context.load_cert_chain(cert or Path(), key, password="")
    except ssl.SSLError as error:
        raise CertificateError(f"{cert} và {key} không phải một cặp chứng thư và khóa PEM") from error
    except OSError as error:
        raise CertificateError(f"không đọc được {cert} hoặc {key} ({os_words(error)})") from error
