"""Serves what the device shows of itself: the status page, and the local page behind its password."""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST
from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.bundles import Bundles
from linewatch.edge.agent.watch import Watch
from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import WrongUse
from linewatch.edge.health.metrics import Snapshot, exposition
from linewatch.edge.health.page import status_page
from linewatch.edge.health.pages import Page, as_json, serve_pages
from linewatch.edge.local.follow import LocalFollower
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.page.facts import Device
from linewatch.edge.page.local_page import LocalPage
from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.views.herald import Herald
from linewatch.edge.spool.spool import Spool
from linewatch.edge.web.server import WebServer


def make_local_page(settings: EdgeSettings, log: FilteringBoundLogger) -> LocalPage | None:
    """The local page, if there is to be one.

    Raises:
        ConfigurationError: its password, certificate or key cannot be used.
    """
    if settings.page.address is None:
        return None
    return LocalPage(settings.page, [camera.name for camera in settings.cameras], log)


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Everything that pages tell of, and the device's state folder; a part that was not configured is None."""

    state: Path
    agent: Agent
    spool: Spool
    publisher: Publisher | None
    bundles: Bundles
    taught: LocalFollower
    views: Sequence[Herald]
    watch: Watch

    def serve(
        self, stack: ExitStack, settings: EdgeSettings, local: LocalPage | None, log: FilteringBoundLogger
    ) -> None:
        """Serve what `settings` ask for until `stack` is left.

        Raises:
            ConfigurationError: nobody can listen at an address.
        """
        if settings.health.address is not None:
            host, _ = address = settings.health.address
            server = WebServer(address, serve_pages(self._status_pages()), setting="health.listen")
            stack.callback(server.stop)
            log.info("status page", address=f"http://{host}:{server.port}/")
        if local is not None:
            local.remember(self.spool.newest)
            stack.callback(local.serve(self._device(), self._teacher).stop)

    def _snapshot(self) -> Snapshot:
        publish = self.publisher.stats() if self.publisher else None
        report, spool = self.agent.report(), self.spool.stats()
        warnings = (report.trouble or spool.trouble, self.bundles.standing, *self.watch.standing)
        return Snapshot(
            agent=report.with_sent(publish.bytes_by_camera) if publish else report,
            spool=spool,
            publish=publish,
            update=self.bundles.update,
            free_bytes=_free_bytes(self.state),
            local=self.taught.status(),
            views=tuple(replace(view.stats) for view in self.views),
            warnings=tuple(filter(None, warnings)),
        )

    def _status_pages(self) -> dict[str, Page]:
        def page() -> bytes:
            snapshot = self._snapshot()
            refusal = snapshot.update.refusal if snapshot.update else ""
            return status_page(snapshot, site=self.spool.site, device=self.spool.device, refusal=refusal)

        return {
            "/": ("text/html; charset=utf-8", page),
            "/status.json": ("application/json", lambda: as_json(asdict(self._snapshot()))),
            "/metrics": (CONTENT_TYPE_LATEST, lambda: exposition(self._snapshot())),
        }

    def _teacher(self) -> LocalTeacher:
        model = self.agent.engine.serving
        if model is None:
            raise WrongUse("no bundle serves yet: there is nothing to teach")
        journal = Journal(self.state.absolute(), site=self.spool.site, device=self.spool.device)
        return LocalTeacher(journal, model)

    def _device(self) -> Device:
        return Device(
            site=self.spool.site,
            name=self.spool.device,
            snapshot=self._snapshot,
            bundle_since_s=lambda: self.agent.serves_since_s,
        )


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
