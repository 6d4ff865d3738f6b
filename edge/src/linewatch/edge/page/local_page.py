"""The page beside the agent: what it takes in, and how it is served."""

import ssl
from collections.abc import Callable, Sequence

from structlog.typing import FilteringBoundLogger

from linewatch.edge.decide.event import Event
from linewatch.edge.errors import ConfigurationError, SpoolError
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.listening import is_loopback
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.page.facts import Device
from linewatch.edge.page.gate import Gate
from linewatch.edge.page.password import parse_password
from linewatch.edge.page.recent import RecentEvents
from linewatch.edge.page.seats import Seats
from linewatch.edge.page.settings import PageSettings, PageTlsSettings
from linewatch.edge.page.site import Site
from linewatch.edge.page.tap import Tap
from linewatch.edge.page.teaching import Teaching
from linewatch.edge.secret import read_secret
from linewatch.edge.web.server import WebServer


class LocalPage:
    """Takes in what was judged and recorded, and shows it to whoever logs in."""

    def __init__(self, settings: PageSettings, cameras: Sequence[str], log: FilteringBoundLogger) -> None:
        """Prepare a page of `cameras`.

        Raises:
            ConfigurationError: the password, or the certificate or its key, cannot be used.
        """
        self._settings = settings
        self._log = log
        secret = read_secret("page", settings.password_file, settings.password_env)
        if secret is None:
            raise ConfigurationError("the page needs a password: name a page.password_file or a page.password_env")
        self._gate = Gate(
            parse_password(secret), session_s=3600 * settings.session_hours, secure=settings.tls is not None, log=log
        )
        self._tls = None if settings.tls is None else page_tls(settings.tls)
        self._taps = {camera: Tap(settings.live_fps) for camera in cameras}
        self._events = RecentEvents(settings.events)

    def judged(self, judged: Judged) -> None:
        """A frame was judged."""
        self._taps[judged.frame.camera].offer(judged)

    def recording(self, record: Callable[[Event], object]) -> Callable[[Event], object]:
        """`record`, with a look at what it has kept."""

        def record_and_show(event: Event) -> None:
            record(event)
            self._events.add(event)

        return record_and_show

    def remember(self, read: Callable[[int], Sequence[Event]]) -> None:
        """Begin with the newest events that an earlier run left; `read` gives so many messages, the oldest first."""
        try:
            for event in read(self._settings.events):
                self._events.add(event)
        except SpoolError as error:
            self._log.warning("earlier events are not shown", reason=str(error))

    def serve(self, device: Device, teacher: Callable[[], LocalTeacher]) -> WebServer:
        """Show `device` from now on, and teach it by `teacher`, which raises an EdgeError while nothing serves.

        Raises:
            ConfigurationError: nobody can listen at the address.
        """
        address = self._settings.address
        assert address is not None, "the page is off"
        teaching = Teaching(teacher, self._taps)
        site = Site(self._gate, device, self._taps, self._events, Seats(self._settings.viewers), teaching)
        server = WebServer(address, site.respond, setting="page.listen", tls=self._tls, tick=site.tick)
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        self._log.info("local page", address=f"{'https' if self._tls else 'http'}://{host}:{server.port}/")
        if self._tls is None and not is_loopback(address[0]):
            self._log.warning(
                "the local page is open to the network without TLS: password and pictures can be read on the way; "
                "give [page] tls = { certificate_file, key_file }, or listen at 127.0.0.1",
                address=self._settings.listen,
            )
        return server


def page_tls(settings: PageTlsSettings) -> ssl.SSLContext:
    """What HTTPS is spoken with.

    Raises:
        ConfigurationError: the certificate or its key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # An empty pass phrase: a key that wants one would be asked for on the terminal, and hold up the start.
        context.load_cert_chain(settings.certificate_file, settings.key_file, password="")
    except (OSError, ssl.SSLError) as error:
        files = f"{settings.certificate_file} and {settings.key_file}"
        raise ConfigurationError(f"page.tls: cannot use {files}: {error}") from error
    return context
