"""Whether broker and registry answer."""

import os
from collections.abc import Iterator

from tuf.api.exceptions import DownloadError

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import BrokerRefused, BrokerUnreachable, EdgeError
from linewatch.edge.publish.knock import knock
from linewatch.edge.update.fetcher import PacedFetcher
from linewatch.edge.update.folder_fetcher import SCHEME, FolderFetcher


def look_at_broker(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the broker."""
    publish = settings.publish
    if publish is None:
        yield doubt("broker", "none is configured: events stay in the spool", "write a [publish] table")
        return
    what, client = f"broker {publish.host}:{publish.port}", f"linewatch:{settings.device.site}:doctor:{os.getpid()}"
    try:
        version = knock(publish, client)
    except BrokerRefused as error:
        yield fault(
            what, f"{error} (to {client!r})", "compare username and password of [publish] with those of the broker"
        )
    except BrokerUnreachable as error:
        yield fault(what, str(error), "look at address, port, firewall, certificates, and whether it runs")
    except EdgeError as error:
        yield fault(what, str(error), "mend [publish]")
    else:
        how = "without encryption" if publish.tls is None else "over TLS"
        yield well(what, f"lets {publish.username or 'us'} in, with MQTT {version}, {how}")


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
