"""Whether the local page can be guarded."""

from collections.abc import Iterator

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.listening import is_loopback
from linewatch.edge.page.password import parse_password
from linewatch.edge.secret import read_secret


def look_at_page(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the local page and the status page."""
    page, health = settings.page, settings.health
    if health.address is not None and not is_loopback(health.address[0]):
        yield doubt(
            f"status page {health.listen}",
            "can be read by everybody on the network, without a password",
            "listen at 127.0.0.1, or see to it that the network is your own",
        )
    if page.address is None:
        return
    what = f"local page {page.listen}"
    try:
        parse_password(read_secret("page", page.password_file, page.password_env) or "")
    except ConfigurationError as error:
        yield fault(what, str(error), "make one with `linewatch-edge page password`")
        return
    if page.tls is None and not is_loopback(page.address[0]):
        yield doubt(
            what,
            "is open to the network without TLS: password and pictures can be read on the way",
            "give [page] tls = { certificate_file, key_file }, or listen at 127.0.0.1",
        )
    else:
        yield well(what, "asks for a password")
