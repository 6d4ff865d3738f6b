"""Where the password for the broker comes from."""

import os

from linewatch.cloud.errors import ConfigurationError
from linewatch.cloud.events.settings import EventsSettings


def password(settings: EventsSettings) -> str | None:
    """The password that `settings` point to; None when they name none.

    Raises:
        ConfigurationError: the file cannot be read or is empty, or the variable is not set.
    """
    if settings.password_env:
        value = os.environ.get(settings.password_env)
        if value is None:
            raise ConfigurationError(f"events.password_env names {settings.password_env}, which is not set")
        return value
    if settings.password_file is None:
        return None
    try:
        lines = settings.password_file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read events.password_file {settings.password_file}: {error}") from error
    if not lines or not lines[0]:
        raise ConfigurationError(f"events.password_file {settings.password_file} is empty; its first line counts")
    return lines[0]
