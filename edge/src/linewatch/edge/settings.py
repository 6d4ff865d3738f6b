"""The base of every settings model: strict, frozen, and helpful about unknown keys."""

import difflib
import tomllib
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from linewatch.edge.errors import ConfigurationError


class Settings(BaseModel):
    """A table of the configuration file. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def seen_from(self, folder: Path) -> Self:
        """The same settings with every relative path in them, defaults too, below `folder`."""
        found = {name: _seen_from(folder, value) for name, value in self}
        return self.model_copy(update={name: value for name, value in found.items() if value != getattr(self, name)})


SettingsT = TypeVar("SettingsT", bound=Settings)


def load_settings(model: type[SettingsT], path: Path) -> SettingsT:
    """Read the TOML file at `path` into `model`; relative paths in it are seen from the folder it stands in.

    Raises:
        ConfigurationError: the file is missing, not TOML, or breaks the model; names the key and the nearest known one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the configuration {path}: {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    try:
        # JSON mode accepts what TOML can say (lists for tuples, strings for paths) and stays strict about the rest.
        return model.model_validate(table, strict=False).seen_from(path.parent)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {explain(error, model)}") from error


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for each fault, in the words of the configuration file."""
    return "; ".join(_explain_one(dict(fault), model) for fault in error.errors())


def _explain_one(fault: dict[str, object], model: type[BaseModel]) -> str:
    location = fault["loc"]
    assert isinstance(location, tuple)
    where = ".".join(str(part) for part in location)
    if fault["type"] != "extra_forbidden":
        said = str(fault["msg"]).removeprefix("Value error, ")
        return f"{where}: {said}" if where else said
    known = _known_names(model)
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f", did you mean '{near[0]}'?" if near else ""
    return f"unknown key '{where}'{hint}"


def _seen_from(folder: Path, value: object) -> object:
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, Settings):
        return value.seen_from(folder)
    if isinstance(value, tuple):
        return tuple(_seen_from(folder, one) for one in value)
    return value


def _known_names(model: type[BaseModel]) -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        names.append(name)
        for inner in [field.annotation, *getattr(field.annotation, "__args__", ())]:
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names.extend(_known_names(inner))
    return names
