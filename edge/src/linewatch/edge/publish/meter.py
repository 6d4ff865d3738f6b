"""How little was sent of what the cameras saw, in words. Pure."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def amount(size: float) -> str:
    """Bytes for people, with two digits or three: `1.2 MB`."""
    unit = 0
    while size >= 999.5 and unit + 1 < len(_UNITS):
        size, unit = size / 1000, unit + 1
    digits = 1 if unit and size < 9.95 else 0
    return f"{size:,.{digits}f} {_UNITS[unit]}"


def sent_of(sent: int, captured: int) -> str:
    """`sent 1.2 MB of 45 GB (1 : 37,000)`; the ratio is rounded down to two digits."""
    text = f"sent {amount(sent)} of {amount(captured)}"
    if sent <= 0 or captured <= sent:
        return text
    ratio = captured // sent
    step = 10 ** max(0, len(str(ratio)) - 2)
    return f"{text} (1 : {ratio // step * step:,})"
