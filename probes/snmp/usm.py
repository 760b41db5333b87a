"""The User-based Security Model's algorithms (RFC 3414, RFC 7860, RFC 3826): keys, digests, encryption. No I/O.

Lengthened keys: draft-blumenthal-aes-usm-04 3.1.2.1, and draft-reeder-snmpv3-usm-3desede-00 2.1 as Cisco does it.
"""

import hashlib
import hmac
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from probes.snmp.ber import BerError
from probes.snmp.model import UsmUser

_EXPANDED_OCTETS = 1_048_576  # RFC 3414 A.2
_BLOCK = 8  # DES
_SALT_OCTETS = 8

AUTHENTICATION: Mapping[str, tuple[str, int]] = {
    "md5": ("md5", 12),
    "sha1": ("sha1", 12),
    "sha224": ("sha224", 16),
    "sha256": ("sha256", 24),
    "sha384": ("sha384", 32),
    "sha512": ("sha512", 48),
}
"""Option -> hash and octets of the digest in a message."""

PRIVACY: Mapping[str, tuple[int, str]] = {
    "des": (16, "plain"),
    "aes128": (16, "plain"),
    "aes192": (24, "blumenthal"),
    "aes256": (32, "blumenthal"),
    "aes192-cisco": (24, "reeder"),
    "aes256-cisco": (32, "reeder"),
}
"""Option -> octets of the key, and how a shorter one is lengthened."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Digests of the passwords (RFC 3414 A.2): a hash over a megabyte each, the same for all devices of a user."""

    auth: bytes = field(repr=False)
    priv: bytes = field(repr=False)


def master_keys(user: UsmUser) -> MasterKeys:
    """Digest the user's passwords, which must not be empty: some milliseconds."""
    if user.auth == "none":
        return MasterKeys(b"", b"")
    algorithm, _ = AUTHENTICATION[user.auth]
    priv = b"" if user.priv == "none" else _master(algorithm, user.priv_password.encode())
    return MasterKeys(_master(algorithm, user.auth_password.encode()), priv)


def _master(algorithm: str, password: bytes) -> bytes:
    repeated = password * (_EXPANDED_OCTETS // len(password) + 1)
    return hashlib.new(algorithm, repeated[:_EXPANDED_OCTETS], usedforsecurity=True).digest()


class Security:
    """The keys of one user at one engine."""

    def __init__(self, user: UsmUser, masters: MasterKeys, engine_id: bytes) -> None:
        self.digest_octets = 0
        self.is_encrypting = user.auth != "none" and user.priv != "none"
        if user.auth != "none":
            self._algorithm, self.digest_octets = AUTHENTICATION[user.auth]
            self._auth_key = localized(self._algorithm, masters.auth, engine_id)
        if self.is_encrypting:
            octets, lengthening = PRIVACY[user.priv]
            key = localized(self._algorithm, masters.priv, engine_id)
            self._priv_key = _LENGTHENED[lengthening](self._algorithm, key, octets, engine_id)[:octets]
        self._is_des = user.priv == "des"

    def digest(self, message: bytes) -> bytes:
        """Return the digest of a message whose own digest is all zeros."""
        return hmac.digest(self._auth_key, message, self._algorithm)[: self.digest_octets]

    def encrypt(self, plain: bytes, *, boots: int, time_s: int, salt: bytes) -> tuple[bytes, bytes]:
        """Return ciphertext and privacy parameters; `salt` is 8 octets never used before."""
        if self._is_des:
            # RFC 3414 8.1.1.1: the engine's boots and a counter; only uniqueness matters.
            salt = boots.to_bytes(4, "big") + salt[4:]
            plain += bytes(-len(plain) % _BLOCK)
        encryptor = self._cipher(boots, time_s, salt).encryptor()
        return encryptor.update(plain) + encryptor.finalize(), salt

    def decrypt(self, data: bytes, *, boots: int, time_s: int, salt: bytes) -> bytes:
        """Return the plaintext; BerError when the parameters make none."""
        if len(salt) != _SALT_OCTETS or (self._is_des and len(data) % _BLOCK):
            raise BerError("absurd encryption")
        decryptor = self._cipher(boots, time_s, salt).decryptor()
        return decryptor.update(data) + decryptor.finalize()

    def _cipher(self, boots: int, time_s: int, salt: bytes) -> Cipher[CBC] | Cipher[CFB]:
        if self._is_des:
            vector = bytes(mine ^ theirs for mine, theirs in zip(self._priv_key[_BLOCK:], salt, strict=True))
            return Cipher(TripleDES(self._priv_key[:_BLOCK] * 3), CBC(vector))
        return Cipher(AES(self._priv_key), CFB(struct.pack(">II", boots, time_s) + salt))


def localized(algorithm: str, master: bytes, engine_id: bytes) -> bytes:
    """Return the key of one engine (RFC 3414 2.6)."""
    return hashlib.new(algorithm, master + engine_id + master).digest()


def _plain(_algorithm: str, key: bytes, _octets: int, _engine_id: bytes) -> bytes:
    return key


def _blumenthal(algorithm: str, key: bytes, octets: int, _engine_id: bytes) -> bytes:
    while len(key) < octets:
        key += hashlib.new(algorithm, key).digest()
    return key


def _reeder(algorithm: str, key: bytes, octets: int, engine_id: bytes) -> bytes:
    last = key
    while len(key) < octets:
        last = localized(algorithm, _master(algorithm, last), engine_id)
        key += last
    return key


_LENGTHENED: Mapping[str, Callable[[str, bytes, int, bytes], bytes]] = {
    "plain": _plain,
    "blumenthal": _blumenthal,
    "reeder": _reeder,
}
