"""Certificate files that are renewed, broken, and mended while a listener uses them."""

import shutil
import ssl
from pathlib import Path

import pytest

from monitor.certificates import Certificate, CertificateError
from tests.servers.smtp import make_certificate


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    """Return two certificates, each with its key."""
    made = []
    for name in ("first", "second"):
        certificate = make_certificate(tmp_path_factory.mktemp(name))
        made.append((certificate.certificate_file, certificate.key_file))
    return made[0], made[1]


def put(pair: tuple[Path, Path], folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    for source, to in zip(pair, (cert, key), strict=True):
        shutil.copyfile(source, folder / "part")
        (folder / "part").replace(to)
    return cert, key


def served_by(context: ssl.SSLContext) -> bytes | None:
    """Shake hands in memory; return the certificate that the server showed."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    client = asking.wrap_bio(back, there, server_hostname="localhost")
    server = context.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert(binary_form=True)


def der(pair: tuple[Path, Path]) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pair[0].read_text())


def test_renewed_files_are_used_once_nobody_writes_to_them(
    tmp_path: Path, pairs: tuple[tuple[Path, Path], tuple[Path, Path]]
) -> None:
    first, second = pairs
    certificate = Certificate(*put(first, tmp_path), named="web")
    assert served_by(certificate.context) == der(first)

    put(second, tmp_path)
    certificate.look()
    assert served_by(certificate.context) == der(first)
    certificate.look()

    assert served_by(certificate.context) == der(second)
    assert certificate.fault == ""
    assert certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_broken_pair_leaves_the_old_one_and_is_told_until_it_is_mended(
    tmp_path: Path, pairs: tuple[tuple[Path, Path], tuple[Path, Path]], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = pairs
    cert, key = put(first, tmp_path)
    certificate = Certificate(cert, key, named="web")

    shutil.copyfile(second[1], key)
    for _ in range(4):
        certificate.look()
    assert served_by(certificate.context) == der(first)
    assert "không phải một cặp chứng thư và khóa PEM" in certificate.fault
    assert [record.message.partition(" ")[0] for record in caplog.records] == ["certificate_kept"]

    key.unlink()
    for _ in range(3):
        certificate.look()
    assert "không đọc được" in certificate.fault

    put(second, tmp_path)
    for _ in range(3):
        certificate.look()
    assert certificate.fault == ""
    assert served_by(certificate.context) == der(second)


def test_files_that_are_no_pair_are_refused_at_the_start(
    tmp_path: Path, pairs: tuple[tuple[Path, Path], tuple[Path, Path]]
) -> None:
    first, second = pairs

    with pytest.raises(CertificateError, match="không phải một cặp"):
        Certificate(first[0], second[1], named="web")
    with pytest.raises(CertificateError, match="không đọc được"):
        Certificate(tmp_path / "none", first[1], named="web")
