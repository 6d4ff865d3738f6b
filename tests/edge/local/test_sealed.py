import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from edge.local.taught import DEFECT, GOOD, change, threshold
from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.device_key import DeviceKey
from linewatch.edge.local.sealed import seal, unseal

KEY = DeviceKey(Ed25519PrivateKey.generate())
FLOATS = st.floats(-1e6, 1e6)


@given(
    taught=st.sampled_from([GOOD, DEFECT]) | FLOATS.filter(lambda value: value > 0).map(threshold),
    words=st.text(max_size=20),
)
def test_what_was_sealed_is_read_again(taught: object, words: str) -> None:
    made = change().model_copy(update={"taught": taught, "words": words})
    assert unseal(seal(made, KEY), KEY.public_hex) == made
    assert seal(made, KEY) == seal(made, KEY)


@given(st.data())
def test_whatever_is_changed_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(seal(change(), KEY))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LocalChangeRefused):
        unseal(bytes(sealed), KEY.public_hex)


@given(st.binary(max_size=50) | st.sampled_from([b"[]", b"{}", b"null", b'{"change":1,"key":2,"signature":3}']))
def test_what_is_no_change_is_refused(data: bytes) -> None:
    with pytest.raises(LocalChangeRefused):
        unseal(data, KEY.public_hex)


def test_the_change_of_another_device_is_refused() -> None:
    other = DeviceKey(Ed25519PrivateKey.generate())
    with pytest.raises(LocalChangeRefused, match="another device"):
        unseal(seal(change(), other), KEY.public_hex)
    forged = json.loads(seal(change(), other)) | {"key": KEY.public_hex}
    with pytest.raises(LocalChangeRefused, match="changed after"):
        unseal(json.dumps(forged, sort_keys=True, separators=(",", ":")).encode(), KEY.public_hex)


def test_what_a_signature_covers_can_be_checked_elsewhere() -> None:
    """By the cloud, with the public key alone."""
    sealed = json.loads(seal(change(), KEY))
    content = json.dumps(sealed["change"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    public = load_pem_public_key(KEY.public_pem.encode())
    public.verify(bytes.fromhex(sealed["signature"]), b"linewatch local change 1\n" + content)  # type: ignore[union-attr, call-arg]


def test_a_signature_has_one_form() -> None:
    """In capitals it is the same signature, and the file another one, by whose digest nobody knows it."""
    sealed = json.loads(seal(change(), KEY))
    sealed["signature"] = sealed["signature"].upper()
    with pytest.raises(LocalChangeRefused, match="changed after"):
        unseal(json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode(), KEY.public_hex)
