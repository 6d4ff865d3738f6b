"""Whether broker and registry answer."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

from tuf.api.exceptions import DownloadError

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import EdgeError
from linewatch.edge.publish.settings import PublishSettings, password
from linewatch.edge.publish.tls import tls_context
from linewatch.edge.update.fetcher import PacedFetcher
from linewatch.edge.update.folder_fetcher import SCHEME, FolderFetcher


def look_at_broker(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the broker."""
    publish = settings.publish
    if publish is None:
        yield doubt("broker", "none is configured: events stay in the spool", "write a [publish] table")
        return
    what = f"broker {publish.host}:{publish.port}"
    try:
        password(publish)
        yield well(what, _greet(publish))
    except EdgeError as error:
        yield fault(what, str(error), "mend [publish]")
    except ssl.SSLError as error:
        yield fault(
            what, f"TLS failed: {error}", "compare publish.tls.ca_file and the name in the broker's certificate"
        )
    except OSError as error:
        yield fault(what, f"does not answer: {error}", "look at address, port, firewall, and whether it runs")


def look_at_registry(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the registry and the trusted root."""
    update = settings.update
    if not update.enabled:
        return
    if not update.trusted_root.is_file():
        yield fault(
            f"trusted root {update.trusted_root}", "is not here", "copy metadata/root.json of the registry, by hand"
        )
    what = f"registry {update.registry}"
    carried = update.registry.startswith(f"{SCHEME}:")
    fetcher = FolderFetcher() if carried else PacedFetcher(1, min(update.stall_seconds, 10.0))
    try:
        size = sum(len(chunk) for chunk in fetcher.stream(f"{update.registry.rstrip('/')}/metadata/timestamp.json"))
    except (EdgeError, DownloadError) as error:
        yield fault(what, str(error), "look at update.registry, the network, and whether the cloud runs")
    else:
        yield well(what, f"answers ({size} bytes of metadata)")


def _greet(publish: PublishSettings) -> str:
    context, patience_s = tls_context(publish.tls), publish.connect_timeout_seconds
    with contextlib.ExitStack() as stack:
        end = stack.enter_context(socket.create_connection((publish.host, publish.port), timeout=patience_s))
        if context is None:
            return "accepts connections, without encryption"
        secured = stack.enter_context(context.wrap_socket(end, server_hostname=publish.host))
        return f"accepts connections, by {secured.version()}"
