"""Makes the TLS context that the settings ask for."""

import ssl

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.settings import TlsSettings


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
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        files = [str(file) for file in (settings.ca_file, settings.certificate_file, settings.key_file) if file]
        raise ConfigurationError(f"publish.tls: cannot use {', '.join(files)}: {error}") from error
    return context
