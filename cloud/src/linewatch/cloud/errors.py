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


class RegistryMissing(WrongUse):
    """There is no registry here, or an essential file of it is gone."""


class RegistryDamaged(WrongUse):
    """A file of the registry is not what its keys signed; nothing more is signed on top of it."""


class KeyUnusable(WrongUse):
    """A private key is missing, readable by others, or not the one the registry trusts."""


class NotRepeated(Refused):
    """A compilation that was to give the same bytes gave others."""


class BundleUnusable(Refused):
    """The bundle to publish is not as its manifest says."""


class PortInUse(WrongUse):
    """Another program listens where the cloud should."""


class RegistryUnwritable(TryAgain):
    """The disk refused a file of the registry; what was published before is as it was."""


class BrokerError(CloudError):
    """The MQTT broker cannot be run."""


class StoreError(CloudError):
    """The event store cannot do its work."""


class StoreUnavailable(StoreError, TryAgain):
    """The database does not answer, is locked, or its disk is full; the same call may succeed later."""


class StoreSchemaError(StoreError):
    """The database holds another schema than this version knows."""
