"""Private keys are made private, never written over, and only the right ones sign."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from linewatch.cloud.errors import KeyUnusable
from linewatch.cloud.registry.keys import ROLES, load_signer, make_keys


def test_keys_can_be_read_by_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_keys(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.stem for path in folder.iterdir()) == sorted(ROLES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len({path.read_bytes() for path in folder.iterdir()}) == len(ROLES)


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_keys(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(FileExistsError):
        make_keys(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_key_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    signers = make_keys(tmp_path / "keys")
    public = signers["targets"].public_key
    loaded = load_signer(tmp_path / "keys", "targets", [public])
    public.verify_signature(loaded.sign(b"data"), b"data")


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    signers = make_keys(tmp_path / "keys")
    path = tmp_path / "keys" / "root.pem"
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match=f"chmod 600 {path}"):
        load_signer(tmp_path / "keys", "root", [signers["root"].public_key])


def test_what_is_not_the_key_is_not_used(tmp_path: Path) -> None:
    signers = make_keys(tmp_path / "keys")
    trusted = [signers["root"].public_key]
    path = tmp_path / "keys" / "root.pem"
    with pytest.raises(KeyUnusable, match="not the root key"):
        load_signer(tmp_path / "keys", "root", [signers["targets"].public_key])
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyUnusable, match="not an Ed25519 key"):
        load_signer(tmp_path / "keys", "root", trusted)
    path.write_bytes(b"nothing")
    with pytest.raises(KeyUnusable, match="not an unencrypted private key"):
        load_signer(tmp_path / "keys", "root", trusted)
    path.unlink()
    with pytest.raises(KeyUnusable, match="cannot read the root key"):
        load_signer(tmp_path / "keys", "root", trusted)
