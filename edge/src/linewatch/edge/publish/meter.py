"""How little was sent of what the cameras saw, in words. Pure."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def amount(size: float) -> str:
    """Bytes for people, with two digits or three: `1.2 MB`."""
    for unit in _UNITS[:-1]:
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 9.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.0f} {_UNITS[-1]}"


def sent_of(sent: int, captured: int) -> str:
    """`sent 1.2 MB of 45 GB (1 : 37,000)`; the ratio is rounded down to two digits."""
    text = f"sent {amount(sent)} of {amount(captured)}"
    if sent <= 0 or captured <= sent:
        return text
    ratio = captured // sent
    step = 10 ** max(0, len(str(ratio)) - 2)
    return f"{text} (1 : {ratio // step * step:,})"
