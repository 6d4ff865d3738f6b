"""Whether secrets are kept: who can read them, and how long certificates last."""

import ssl
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from linewatch.edge.capture.address import SourceKind
from linewatch.edge.capture.stream_url import holds_password
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well

_SOON_DAYS = 30
_OTHERS = stat.S_IWGRP | stat.S_IRWXO


def look_at_secrets(settings: EdgeSettings, config: Path | None) -> Iterator[Finding]:
    """Findings about the files with passwords and keys, `config` among them where it holds one."""
    for name, path in _secret_files(settings):
        yield from _look_at_rights(f"{name} {path}", path)
    if config is not None and _holds_passwords(settings):
        advice = "give them as username and password_file, and leave them out of source"
        yield from _look_at_rights(f"configuration {config}, which holds passwords of cameras,", config, advice)


def look_at_certificates(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the certificates of this device, and of those it trusts."""
    publish = settings.publish
    if publish and publish.tls and publish.tls.ca_file:
        yield from _look_at_certificates(f"publish.tls.ca_file {publish.tls.ca_file}", publish.tls.ca_file, needed=any)
    for name, path in _certificate_files(settings):
        yield from _look_at_certificates(f"{name} {path}", path, needed=all)
    for name, certificate, key in _pairs(settings):
        yield from _look_at_pair(f"{name} {key}", certificate, key)


def _secret_files(settings: EdgeSettings) -> Iterator[tuple[str, Path]]:
    publish, page = settings.publish, settings.page
    named = {
        "publish.password_file": publish.password_file if publish else None,
        "publish.tls.key_file": publish.tls.key_file if publish and publish.tls else None,
        "page.password_file": page.password_file,
        "page.tls.key_file": page.tls.key_file if page.tls else None,
    }
    yield from ((name, path) for name, path in named.items() if path is not None)
    for camera in settings.cameras:
        if camera.password_file is not None:
            yield f"password_file of camera {camera.name}", camera.password_file


def _certificate_files(settings: EdgeSettings) -> Iterator[tuple[str, Path]]:
    publish, page = settings.publish, settings.page
    named = {
        "publish.tls.certificate_file": publish.tls.certificate_file if publish and publish.tls else None,
        "page.tls.certificate_file": page.tls.certificate_file if page.tls else None,
    }
    yield from ((name, path) for name, path in named.items() if path is not None)


def _pairs(settings: EdgeSettings) -> Iterator[tuple[str, Path, Path]]:
    publish, page = settings.publish, settings.page
    if publish and publish.tls and publish.tls.certificate_file and publish.tls.key_file:
        yield "publish.tls.key_file", publish.tls.certificate_file, publish.tls.key_file
    if page.tls:
        yield "page.tls.key_file", page.tls.certificate_file, page.tls.key_file


def _holds_passwords(settings: EdgeSettings) -> bool:
    streams = (camera.address for camera in settings.cameras)
    return any(one.kind is SourceKind.STREAM and holds_password(one.place) for one in streams)


def _look_at_rights(what: str, path: Path, advice: str = "") -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode
        path.read_bytes()
    except OSError as error:
        yield fault(what, f"cannot be read: {error.strerror}", "name another file, or let the agent's user read it")
        return
    if mode & _OTHERS:
        is_ = f"can be read or changed by others (mode {stat.S_IMODE(mode):04o})"
        yield doubt(what, is_, advice or f"chmod 600 {path}, and give it to the user who runs the agent")
    else:
        yield well(what, "can be read by those alone who may")


def _look_at_certificates(what: str, path: Path, *, needed: Callable[[Iterable[bool]], bool]) -> Iterator[Finding]:
    """A finding about a file; of its certificates all are needed where they are a chain, any where authorities."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        yield fault(what, f"cannot be read: {error.strerror}", "name another file, or let the agent's user read it")
        return
    except ValueError:
        yield fault(what, "holds no certificate in PEM", "name the file that begins with BEGIN CERTIFICATE")
        return
    now = datetime.now(UTC)
    ends = [one.not_valid_after_utc for one in found]
    end = min(ends) if needed is all else max(ends)
    until = f"{end:%Y-%m-%d %H:%M} UTC"
    days = (end - now).days
    if not needed(one.not_valid_before_utc <= now for one in found):
        yield fault(what, "is not valid yet", "look at the clock of this device; else ask for another certificate")
    elif days < 0:
        yield fault(what, f"ran out at {until}", "renew it")
    elif days < _SOON_DAYS:
        yield doubt(what, f"runs out in {days} days, at {until}", "renew it in time")
    else:
        yield well(what, f"is valid until {until}")


def _look_at_pair(what: str, certificate: Path, key: Path) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password="")
    except ssl.SSLError:
        yield fault(what, f"is not the key of {certificate}, or wants a pass phrase", "name the key that belongs to it")
    except OSError:
        return  # told of already
