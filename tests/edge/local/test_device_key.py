from pathlib import Path

import pytest

from linewatch.edge.errors import DeviceKeyUnusable
from linewatch.edge.local.device_key import find_key, is_signed, make_key


def test_a_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    assert find_key(tmp_path) is None
    key = make_key(tmp_path)
    assert (tmp_path / "device.key").stat().st_mode & 0o777 == 0o600
    again = make_key(tmp_path)
    assert again.public_pem == key.public_pem
    assert is_signed(b"data", again.sign(b"data"), key.public_hex)
    assert not is_signed(b"other", key.sign(b"data"), key.public_hex)
    assert not is_signed(b"data", "no signature", key.public_hex)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / "device.key").chmod(0o644)
    with pytest.raises(DeviceKeyUnusable, match="chmod 600"):
        make_key(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "device.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DeviceKeyUnusable, match=r"device\.key"):
        make_key(tmp_path)
    assert path.read_bytes() == content
