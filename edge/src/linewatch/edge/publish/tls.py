"""Makes the TLS context that the settings ask for, and says in plain words why a broker would not have us."""

import ssl
from datetime import UTC, datetime

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.settings import TlsSettings

_WANTS_ONE = "CERTIFICATE_REQUIRED"
_ALERT = "ALERT"
_HUNG_UP = "EOF occurred"
_DISTRUST = "CERTIFICATE_VERIFY_FAILED"


class _Locked(Exception):
    """The key wants a password."""


def tls_context(settings: TlsSettings | None) -> ssl.SSLContext | None:
    """A context that checks the broker's certificate and name; None when TLS is not asked for.

    Raises:
        ConfigurationError: a certificate or key cannot be read.
    """
    if settings is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file, password=_no_password)
    except (OSError, ssl.SSLError, _Locked) as error:
        files = [str(file) for file in (settings.ca_file, settings.certificate_file, settings.key_file) if file]
        raise ConfigurationError(f"publish.tls: cannot use {', '.join(files)}: {error}") from error
    return context


def _no_password() -> str:
    # Without this OpenSSL asks for one at the terminal, and waits for ever.
    raise _Locked("the key wants a password, which a device has nobody to ask for; give it without a password")


def explain_refusal(said: str, settings: TlsSettings | None, *, entering: bool) -> str:
    """What to do about an error of the TLS library; empty where it is not about certificates.

    `entering`: the broker has not let us in yet. Some hang up without an alert when they do not like a certificate.
    """
    if settings is None:
        return ""
    if _DISTRUST in said:
        return f"the broker's certificate is not trusted: see its name, its dates, and {_authorities(settings)}"
    if _WANTS_ONE in said or (_ALERT in said and settings.certificate_file is None):
        return "the broker wants a certificate of the device: set certificate_file and key_file in [publish.tls]"
    if _ALERT in said or (entering and _HUNG_UP in said):
        return f"the broker refuses the certificate {settings.certificate_file}{_what_is_wrong(settings)}"
    return ""


def _authorities(settings: TlsSettings) -> str:
    return f"publish.tls.ca_file {settings.ca_file}" if settings.ca_file else "the system's authorities"


def _what_is_wrong(settings: TlsSettings) -> str:
    from cryptography import x509  # 10 MB, that few devices ever need

    try:
        assert settings.certificate_file is not None
        certificate = x509.load_pem_x509_certificate(settings.certificate_file.read_bytes())
    except (OSError, ValueError) as error:
        return f", which cannot be read: {error}"
    now, end, begin = datetime.now(UTC), certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if now > end:
        return f", which ended on {end:%Y-%m-%d}: install a new one, it is read at the next attempt"
    if now < begin:
        return f", which begins on {begin:%Y-%m-%d}: is the clock right?"
    return ": is it signed by an authority that the broker trusts, and not revoked?"
