"""Errors of the edge agent, as a tree whose roots say what the caller can do."""


class EdgeError(Exception):
    """Root of every error the agent raises on purpose; its text says what to do."""

    exit_code = 1


class WrongUse(EdgeError):
    """The operator can mend it: configuration, arguments or input paths."""

    exit_code = 2


class ConfigurationError(WrongUse):
    """The configuration file is missing, malformed or contradicts itself."""


class SourceError(WrongUse):
    """A picture, video or camera address that cannot be opened."""


class Refused(EdgeError):
    """Something was offered and not trusted; what served before goes on serving."""

    exit_code = 3


class TryAgain(EdgeError):
    """The network or a peer failed; the same call may succeed later."""


class CameraError(TryAgain):
    """A camera stopped delivering frames."""
