"""Certificates made for one test run: good, expired, for another name, and signed by nobody known."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)
_NOW = dt.datetime.now(dt.UTC)  # noqa: TID251 (certificates have dates)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority; `file` is its certificate in PEM."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    file: Path
    folder: Path

    def server(
        self,
        label: str,
        *,
        names: tuple[str, ...] = ("127.0.0.1", "localhost"),
        starts: int = -1,
        ends: int = 30,
        padding: tuple[bytes, ...] = (),
    ) -> ssl.SSLContext:
        """Return a server's context whose certificate is valid from `starts` to `ends` days from now.

        `padding` are certificates in PEM that are sent behind it.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
        certificate = (
            _builder(self.name, _name(label), key, starts, ends)
            .add_extension(alternative, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{label}.pem"
        file.write_bytes(
            b"".join((_pem(key), certificate.public_bytes(serialization.Encoding.PEM), *padding))
        )
        return _server(file)


def make_authority(folder: Path, label: str = "authority") -> Authority:
    """Make an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(label)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, -1, 30)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{label}.crt"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(name, key, file, folder)


def self_signed(folder: Path, label: str = "self") -> tuple[ssl.SSLContext, bytes]:
    """Return a server's context whose certificate vouches for itself alone, and the certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_general_name("127.0.0.1")])
    certificate = _builder(_name(label), _name(label), key, -1, 30).add_extension(names, critical=False)
    pem = certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    file = folder / f"{label}.pem"
    file.write_bytes(_pem(key) + pem)
    return _server(file), pem


def certificate_der(
    *, subject: str = "portal.test", days: tuple[int, int] = (0, 90), names: int = 1, now: dt.datetime
) -> bytes:
    """Return a certificate that begins and ends so many days after `now`."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(
        _name("issuer"),
        _name(subject),
        key.public_key(),
        1,
        now + days[0] * _DAY,
        now + days[1] * _DAY,
    )
    if names:
        alternative = [x509.DNSName(f"n{number}.test") for number in range(names)]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def pem(der: bytes) -> bytes:
    """Write a certificate in PEM."""
    return ssl.DER_cert_to_PEM_cert(der).encode("ascii")


def _server(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def _name(label: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePrivateKey, starts: int, ends: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        _NOW + starts * _DAY,
        _NOW + ends * _DAY,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
