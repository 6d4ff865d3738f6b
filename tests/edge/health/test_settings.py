import pytest
from pydantic import ValidationError

from linewatch.edge.health.settings import HealthSettings


def test_an_address_is_a_host_and_a_port() -> None:
    assert HealthSettings(listen="127.0.0.1:9641").address == ("127.0.0.1", 9641)
    assert HealthSettings().address is None


@pytest.mark.parametrize("listen", ["9641", ":9641", "host:", "host:port", "host:70000"])
def test_anything_else_is_refused(listen: str) -> None:
    with pytest.raises(ValidationError, match="host and a port"):
        HealthSettings(listen=listen)
