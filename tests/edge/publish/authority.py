"""A certificate authority for tests of TLS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Pair = tuple[Path, Path]
"""Certificate and key, as PEM files."""


class Authority:
    """Signs certificates; its own is in `file`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file, _ = self._write(name, self._sign(name, self._key, days=1, authority=True), self._key)

    def issue(self, name: str, *, days: int = 1) -> Pair:
        """A certificate for `name` that ends in `days`; one that has ended where they are negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(f"{self._name}-{name}", self._sign(name, key, days=days, authority=False), key)

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, days: int, authority: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(self._name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
        paths = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        paths[0].write_bytes(certificate.public_bytes(pem))
        paths[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        return paths


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
