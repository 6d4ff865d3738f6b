"""The cloud's configuration file, `cloud.toml`: each table belongs to the room whose settings it holds."""

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.errors import ConfigurationError
from linewatch.cloud.events.settings import EventsSettings
from linewatch.cloud.registry.settings import RegistrySettings
from linewatch.cloud.service.settings import HttpSettings
from linewatch.cloud.settings import Settings, load_settings

CONFIG_NAME = "cloud.toml"
CLOUD_FOLDER = Path("linewatch-cloud")
DEFAULT_SITE = "default-site"

ModelT = TypeVar("ModelT", bound=BaseModel)
Site = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$")]


class CloudSettings(Settings):
    """All of `cloud.toml`. `site`: letters, digits, '.', '_', '-'; at most 64."""

    site: Site = DEFAULT_SITE
    http: HttpSettings = HttpSettings()
    registry: RegistrySettings = RegistrySettings()
    broker: BrokerSettings = BrokerSettings()
    events: EventsSettings = EventsSettings()


def load_cloud(path: Path | None = None) -> CloudSettings:
    """Read `path`, or where it is None `./cloud.toml` or `./linewatch-cloud/cloud.toml`. Paths come out absolute.

    Raises:
        ConfigurationError: there is no such file, or it breaks a rule; says what to do.
    """
    found = path if path is not None else _find()
    settings = load_settings(CloudSettings, found)
    return _anchored(settings, found.absolute().parent)


def template(site: str) -> str:
    """A complete `cloud.toml`, with its comments, for `site`.

    Raises:
        ConfigurationError: `site` is not a name.
    """
    try:
        CloudSettings(site=site)
    except ValueError as error:
        raise ConfigurationError(
            f"{site!r} cannot be a site: use letters, digits, '.', '_' and '-', at most 64"
        ) from error
    text = resources.files("linewatch.cloud").joinpath(CONFIG_NAME).read_text(encoding="utf-8")
    return text.replace(f'"{DEFAULT_SITE}"', f'"{site}"', 1)


def _find() -> Path:
    for candidate in (Path(CONFIG_NAME), CLOUD_FOLDER / CONFIG_NAME):
        if candidate.is_file():
            return candidate
    raise ConfigurationError(
        f"there is no {CONFIG_NAME} here; run `linewatch cloud init`, or name the file with --config"
    )


def _anchored(settings: CloudSettings, folder: Path) -> CloudSettings:
    anchored = _with_paths(settings, folder)
    store = anchored.events.store
    store = store.model_copy(update={"url": _anchored_url(store.url, folder)})
    events = anchored.events.model_copy(update={"store": store})
    return anchored.model_copy(update={"events": events})


def _with_paths(model: ModelT, folder: Path) -> ModelT:
    changes: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Path):
            changes[name] = folder / value
        elif isinstance(value, BaseModel):
            changes[name] = _with_paths(value, folder)
    return model.model_copy(update=changes)


def _anchored_url(url: str, folder: Path) -> str:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(f"events.store.url: {error}") from error
    database = parsed.database
    if parsed.get_backend_name() != "sqlite" or not database or database == ":memory:" or database.startswith("file:"):
        return url
    return parsed.set(database=str(folder / database)).render_as_string(hide_password=False)
