"""Errors of the bundle module, as a tree: every one is a `BundleError`."""


class BundleError(Exception):
    """Root: this folder or manifest is not a bundle that may be used; its text says why."""


class BundleMissingError(BundleError):
    """There is no bundle at this path."""


class BundleExistsError(BundleError):
    """Something else stands where the bundle should be written."""


class BundleWriteError(BundleError):
    """The bundle could not be written (permissions, full disk); nothing half-written was left."""


class ManifestError(BundleError):
    """The manifest is not canonical JSON of the contract."""


class SchemaVersionError(ManifestError):
    """The manifest was written for another version of the contract."""


class ManifestValueError(ManifestError):
    """A value of the manifest is absurd: a shape, a size, a threshold, a reference to nothing."""


class ClassesError(BundleError):
    """The classes of defects are absurd, or not those that the manifest names."""


class PathError(BundleError):
    """A path would leave the bundle or means different things on different systems."""


class DuplicateFileError(BundleError):
    """Two entries name the same file."""


class LinkError(BundleError):
    """A symbolic link, a hard link or a special file stands in the bundle."""


class UnlistedFileError(BundleError):
    """A file stands in the bundle that the manifest does not list."""


class MissingFileError(BundleError):
    """The manifest lists a file that is not there."""


class SizeError(BundleError):
    """A file has another size than the manifest says."""


class HashError(BundleError):
    """A file has other bytes than the manifest says."""
