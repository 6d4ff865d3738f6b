"""A registry that was carried here: files of a folder in the place of answers over HTTP, with all the same checks."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

from linewatch.edge.errors import RegistryUnreachable

SCHEME = "file"
_CHUNK_BYTES = 1 << 16
_NOT_FOUND = 404


class FolderFetcher(FetcherInterface):
    """Reads `file://` addresses. Whatever stands in the folder is trusted no more than what a server sends."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.last_url = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield from self.stream(url)

    def stream(self, url: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of `url` from `offset` on.

        Raises:
            DownloadHTTPError: there is no such file.
            RegistryUnreachable: it cannot be read.
        """
        self.last_url = url
        path = Path(url2pathname(urlsplit(url).path))
        try:
            with path.open("rb") as file:
                file.seek(offset)
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise DownloadHTTPError(f"there is no {path}", _NOT_FOUND) from error
        except OSError as error:
            raise RegistryUnreachable(f"cannot read {path}: {error.strerror}") from error
