"""Errors of the cloud, as a tree whose roots say what the caller can do."""


class CloudError(Exception):
    """Root of every error the cloud raises on purpose; its text says what to do."""

    exit_code = 1


class WrongUse(CloudError):
    """The operator can mend it: configuration, arguments or input folders."""

    exit_code = 2


class ConfigurationError(WrongUse):
    """The configuration file is missing, malformed or contradicts itself."""


class DatasetError(WrongUse):
    """The pictures cannot be used as given."""


class Refused(CloudError):
    """The work was done and its result is not good enough to be used."""

    exit_code = 3


class TryAgain(CloudError):
    """The network or a peer failed; the same call may succeed later."""
