"""The agent with everything around it: spool, publisher and updates."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.bundles import Bundles
from linewatch.edge.agent.first_bundle import find_bundle, load_first_bundle
from linewatch.edge.agent.interrupted import Interrupted
from linewatch.edge.agent.pages import Pages, make_local_page
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.settle import settle_process
from linewatch.edge.agent.status import device_status
from linewatch.edge.agent.watch import Watch
from linewatch.edge.capture.camera import plan_camera
from linewatch.edge.config import EdgeSettings
from linewatch.edge.decide.event import THE_DEVICE
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.health.pulse import Pulse
from linewatch.edge.health.systemd import ServiceManager
from linewatch.edge.infer.tuned import usable_tuning
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.local.follow import LocalFollower
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.recent import RecentScores
from linewatch.edge.local.suggestions import Suggestions
from linewatch.edge.page.local_page import LocalPage
from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.stats import PublishStats
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.publish.views.choose import start_views
from linewatch.edge.publish.views.herald import Herald
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.spool.spool import Spool
from linewatch.edge.update.last_run import end_run
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.trial import Trials

_LOOK_S = 0.2


@dataclass(frozen=True, kw_only=True)
class ServiceReport:
    """What everything together did; a part that was not configured is None."""

    site: str
    device: str
    boot: str
    agent: AgentReport
    spool: SpoolStats
    publish: PublishStats | None
    update: UpdateStatus | None

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return asdict(self)


class Service:
    """One device: what its configuration names, run until it ends."""

    def __init__(self, settings: EdgeSettings, log: FilteringBoundLogger, *, once: bool = False) -> None:
        """Prepare.

        Args:
            settings: the whole configuration.
            log: a structlog logger.
            once: play every source once: nothing is looped or opened again.

        Raises:
            SourceError: a file or folder is not there.
            ConfigurationError: a simulation with wrong options.
        """
        self._settings = settings
        self._log = log
        self._cameras = [plan_camera(camera, once=once) for camera in settings.cameras]
        self._recent = RecentScores(camera.name for camera in settings.cameras)
        settle_process()

    def run(self, stop: threading.Event) -> ServiceReport:
        """Watch until the sources end or `stop` is set; then drain: judge, decide, write, send.

        Raises:
            ConfigurationError: no bundle is named, or a folder or password cannot be used.
            Refused: the bundle was refused and there is no other to serve.
            SpoolError: the spool cannot be opened.
        """
        page = make_local_page(self._settings, self._log)
        with ExitStack() as stack:
            spool = stack.enter_context(self._open_spool())
            interrupted = Interrupted(spool, self._log)
            interrupted.close()
            agent = self._make_agent(spool, page)
            stack.callback(end_run, Trials(self._settings.device.state.absolute()))
            taught = self._follow_local(agent, spool)
            taught.look()
            undone = load_first_bundle(agent, self._settings, self._log)
            bundles = Bundles(agent, self._settings, self._log, undone=undone, deeds={"scores": self._recent.since})
            publisher = self._make_publisher(spool, lambda: _status(agent, bundles, taught))
            views = self._start_views(stack, spool, lambda: _status(agent, bundles, taught))
            if publisher is not None:
                publisher.start()
                # After a failure or a second signal nobody waits for the cloud.
                stack.callback(publisher.stop, 0.0)
            bundles.start()
            stack.callback(bundles.stop)
            watch = Watch(self._log, announce=publisher.announce if publisher else lambda: None)
            pages = Pages(
                state=self._settings.device.state,
                agent=agent,
                spool=spool,
                publisher=publisher,
                bundles=bundles,
                taught=taught,
                views=views,
                watch=watch,
            )
            pages.serve(stack, self._settings, page, self._log)
            report = self._watch(agent, spool, bundles, watch, interrupted, taught, stop)
            bundles.stop()
            if publisher is not None and not publisher.stop():
                self._log.warning("events wait for the cloud", messages=spool.stats().waiting_messages)
            sent = publisher.stats() if publisher else None
            return ServiceReport(
                site=spool.site,
                device=spool.device,
                boot=spool.boot,
                agent=report.with_sent(sent.bytes_by_camera) if sent else report,
                spool=spool.stats(),
                publish=sent,
                update=bundles.update,
            )

    def _watch(
        self,
        agent: Agent,
        spool: Spool,
        bundles: Bundles,
        watch: Watch,
        interrupted: Interrupted,
        taught: LocalFollower,
        stop: threading.Event,
    ) -> AgentReport:
        manager, pulse, disk = ServiceManager(), Pulse(), CameraHealth(THE_DEVICE, agent.tell)
        manager.ready()
        if agent.engine.serving is None:
            self._log.info("waiting for the first bundle from the registry")
        while agent.engine.serving is None:
            manager.alive("waiting for the first bundle")
            if stop.wait(_LOOK_S):
                bundles.stopping()
                return agent.report()
        agent.start()
        bundles.look()
        while not stop.is_set() and not agent.wait(_LOOK_S):
            report = agent.report()
            taught.look()
            watch.look(report, bundles.status.refusal, taught.status())
            bundles.look()
            interrupted.close()
            trouble = report.trouble or spool.stats().trouble
            _tell_of_disk(disk, trouble)
            if pulse.beats(report.frames, agent.waiting, time.monotonic()):
                manager.alive(trouble or f"{report.frames} frames judged, {report.events_opened} events")
        disk.stops()
        manager.stopping()
        bundles.stopping()
        return agent.stop()

    def _open_spool(self) -> Spool:
        device = self._settings.device
        try:
            device.state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot make device.state {device.state}: {error.strerror}") from error
        return Spool(device.state / "spool.db", self._settings.spool, site=device.site, device=device.name)

    def _make_agent(self, spool: Spool, page: LocalPage | None) -> Agent:
        settings, state = self._settings, self._settings.device.state.absolute()
        return Agent(
            self._cameras,
            record=page.recording(spool.record) if page else spool.record,
            pass_over=spool.pass_over,
            show=self._shown_to(page),
            log=self._log,
            inference=settings.inference,
            tuned=usable_tuning(state, find_bundle(settings)),
            engines=state / "engines",
            decision=settings.decision,
            decisions={camera.name: camera.rules(settings.decision) for camera in settings.cameras},
            ring=settings.ring,
            evidence=settings.evidence,
            max_latency_ms=settings.update.max_latency_ms,
        )

    def _shown_to(self, page: LocalPage | None) -> Callable[[Judged], None]:
        if page is None:
            return self._recent.add

        def show(judged: Judged) -> None:
            self._recent.add(judged)
            page.judged(judged)

        return show

    def _follow_local(self, agent: Agent, spool: Spool) -> LocalFollower:
        journal = Journal(self._settings.device.state.absolute(), site=spool.site, device=spool.device)
        return LocalFollower(journal, agent.engine, Suggestions(journal, spool.record, self._log), self._log)

    def _make_publisher(self, spool: Spool, status: Callable[[], DeviceStatus]) -> Publisher | None:
        if self._settings.publish is None:
            return None
        return Publisher(spool, self._settings.publish, status=status)

    def _start_views(self, stack: ExitStack, spool: Spool, status: Callable[[], DeviceStatus]) -> list[Herald]:
        if self._settings.publish is None:
            return []
        return start_views(stack, spool, self._settings.publish, status, self._settings.device.state / "views.json")


def _tell_of_disk(disk: CameraHealth, trouble: str) -> None:
    if trouble:
        disk.fails(trouble)
    else:
        disk.delivers()


def _status(agent: Agent, bundles: Bundles, taught: LocalFollower) -> DeviceStatus:
    return device_status(agent.report(), bundles.status.refusal, taught.status())
