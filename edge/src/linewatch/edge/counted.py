"""How many of a thing, in words."""


def counted(count: int, noun: str) -> str:
    """`1 picture`, `2 pictures`: `count` of what `noun` names, in its regular plural unless it is one."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
