"""Where a server of the device listens."""

from ipaddress import ip_address


def check_listen(listen: str, example: str) -> str:
    """Give `listen` back if it is empty or `HOST:PORT`; an IPv6 host stands in brackets.

    Raises:
        ValueError: it is neither; the text shows `example`.
    """
    host, _, port = listen.rpartition(":")
    bare = host.startswith("[") == host.endswith("]") and (":" not in host or host.startswith("["))
    if listen and not (host and bare and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError(f"write a host and a port, as in {example}, not {listen!r}")
    return listen


def split_listen(listen: str) -> tuple[str, int] | None:
    """Host and port of a checked `HOST:PORT`; None when it is empty."""
    host, _, port = listen.rpartition(":")
    return (host.removeprefix("[").removesuffix("]"), int(port)) if listen else None


def is_loopback(host: str) -> bool:
    """Whether only programs of this device can connect to `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
