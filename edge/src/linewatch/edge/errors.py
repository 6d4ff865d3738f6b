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


class UnreadablePictureError(SourceError):
    """One picture is broken, or `frames` of them; the others may be good."""

    def __init__(self, text: str, frames: int = 1) -> None:
        super().__init__(text)
        self.frames = frames


class Refused(EdgeError):
    """Something was offered and not trusted; what served before goes on serving."""

    exit_code = 3


class BundleRefused(Refused):
    """A bundle that is damaged, made for something else, or that its runtime cannot load."""


class GoldenCheckFailed(Refused):
    """A bundle that does not repeat its golden scores on this device."""


class NoPreviousBundle(EdgeError):
    """The device has no bundle before the one that serves."""


class PreviousHeldBack(Refused):
    """The bundle before the one that serves was itself returned from, or refused."""


class BundleReplaced(EdgeError):
    """The bundle that somebody wanted to return from does not serve any more."""


class RuntimeUnavailable(EdgeError):
    """A runtime cannot run the bundle on this device; another one may."""


class EngineNotBuilt(RuntimeUnavailable):
    """The bundle's engine has to be built first, which takes minutes."""


class EngineBuildFailed(RuntimeUnavailable):
    """TensorRT could not build the engine of a bundle."""


class InferenceError(EdgeError):
    """One frame could not be judged; the next one may."""


class TryAgain(EdgeError):
    """The network or a peer failed; the same call may succeed later."""


class TooNoisy(TryAgain):
    """The device did other things while it was measured."""


class BuildGivenUp(TryAgain):
    """An engine is not built to its end: another bundle is wanted, or the agent stops."""


class CameraError(TryAgain):
    """A camera stopped delivering frames."""


class LocalChangeRefused(Refused):
    """What was taught on this device is not as the device signed it; the bundle's own values serve."""


class TeachingRefused(Refused):
    """What an operator shows would hide defects, or proves nothing; nothing is changed."""


class UpdateRefused(Refused):
    """Root of every reason not to take what the registry offers; the bundle that serves goes on serving."""


class MetadataNotTrusted(UpdateRefused):
    """A metadata file of the registry is not what its keys signed."""


class MetadataExpired(UpdateRefused):
    """The registry's signatures have run out, or the clock of the device is wrong."""


class MetadataRolledBack(UpdateRefused):
    """The registry shows an older state than this device has seen."""


class ManifestNotTrusted(UpdateRefused):
    """The manifest has other bytes than the registry signed."""


class FileNotTrusted(UpdateRefused):
    """A file of the bundle has other bytes than the registry signed."""


class UnknownBundle(UpdateRefused):
    """Nothing is published under this name for this site."""


class WrongSite(UpdateRefused):
    """The bundle was released for another site or under another name."""


class OlderRelease(UpdateRefused):
    """The release is not newer than what this device has run."""


class BundleBroken(UpdateRefused):
    """The bundle is signed, and yet breaks a rule of bundles."""


class TrialDied(UpdateRefused):
    """The agent stopped while it tried this bundle."""


class TrialCut(UpdateRefused):
    """The machine went down again and again while this bundle was tried."""


class TooSlow(UpdateRefused):
    """The bundle cannot keep up with the cameras on this device, or takes longer than the configuration allows."""


class ReturnedFrom(UpdateRefused):
    """Root of every reason why the device went back from a bundle; only a newer release, or an operator, ends it."""


class RolledBack(ReturnedFrom):
    """The operator returned from this bundle to the one before it."""


class AgentDied(ReturnedFrom):
    """The agent died again and again while this bundle was new."""


class PromiseBroken(ReturnedFrom):
    """The bundle raised more alarms, or gave other scores, than its manifest promises."""


class FramesUnjudged(ReturnedFrom):
    """The bundle gave its golden scores, and yet could judge no frame of a camera."""


class DeviceKeyUnusable(ConfigurationError):
    """The key by which the device signs is damaged, or not kept secret."""


class TrustedRootError(ConfigurationError):
    """The device's own trusted root is missing or not a root."""


class BrokerRefused(Refused):
    """The broker does not let this device in."""


class BrokerUnreachable(TryAgain):
    """The broker does not answer, or not as one that can be trusted."""


class RegistryUnreachable(TryAgain):
    """The registry does not answer, or not with what was asked for."""


class ResumeRefused(RegistryUnreachable):
    """The server cannot go on in the middle of a file; fetch it from the beginning."""


class RegistryTooSlow(TryAgain):
    """The registry sends slower than the least rate that is worth waiting for."""


class DiskFull(TryAgain):
    """There is no room for the bundle."""


class StateUnwritable(TryAgain):
    """The device's own folder cannot be written or read."""


class UpdateInterrupted(TryAgain):
    """The update's own process ended early, or another update is running."""


class AgentGoesOn(EdgeError):
    """The operator stopped waiting for the agent, which does what it was asked for all the same."""

    exit_code = 130


class SpoolError(EdgeError):
    """The durable queue of events cannot do its work."""


class SpoolBusy(SpoolError):
    """Another process uses the spool."""


class SpoolCorrupt(SpoolError):
    """The spool's file is damaged or not a spool."""


class SpoolStorageError(SpoolError):
    """The disk is full, read-only or broken."""


class EventTooLarge(SpoolError):
    """One event is larger than the whole spool may be."""
