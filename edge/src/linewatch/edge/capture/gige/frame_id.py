"""Numbers that cameras give their frames. Pure."""

_LAST_SHORT = 2**16 - 1


def lost_between(before: int, now: int) -> int:
    """How many frames lie between two numbers of one acquisition; 0 where they say nothing.

    GigE Vision counts in 16 bits and leaves 0 out after the last (GigE Vision 1.2, 24.2), or in 64 with extended
    identifiers, as USB3 Vision does.
    """
    if now > before:
        return now - before - 1
    if before <= _LAST_SHORT and now < before:
        return now + _LAST_SHORT - before - 1
    return 0
