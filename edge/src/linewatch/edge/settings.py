"""The base of every settings model: strict, frozen, and helpful about unknown keys."""

import difflib
import tomllib
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.toml_lines import begins_at, line_of


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
        raise ConfigurationError(f"{path} is not valid TOML: {_placed(error, text)}") from error
    try:
        # JSON mode accepts what TOML can say (lists for tuples, strings for paths) and stays strict about the rest.
        return model.model_validate(table, strict=False).seen_from(path.parent)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {explain(error, model, text)}") from error


def explain(error: ValidationError, model: type[BaseModel], text: str = "") -> str:
    """One line for each fault, in the words of the configuration file; with the lines of its `text`, where given."""
    return "; ".join(_line(fault["loc"], text) + _explain_one(dict(fault), model, text) for fault in error.errors())


def _explain_one(fault: dict[str, object], model: type[BaseModel], text: str) -> str:
    location = fault["loc"]
    assert isinstance(location, tuple)
    where = _named(location, text)
    if fault["type"] != "extra_forbidden":
        said = str(fault["msg"]).removeprefix("Value error, ")
        if fault["type"] == "tuple_type" and isinstance(fault["input"], dict):
            said = f"there may be several: write [[{where}]]"
        return f"{where}: {said}" if where else said
    return f"unknown key '{where}'{_hint(str(location[-1]), _table_at(model, location[:-1]), model)}"


def _line(location: tuple[object, ...], text: str) -> str:
    number = line_of(text, location)
    return "" if number is None else f"line {number}: "


def _named(location: tuple[object, ...], text: str) -> str:
    """The keys of `location`; an entry of a list, `cameras.0`, by its own name where it has one."""
    found: list[str] = []
    value: object = tomllib.loads(text)
    for part in location:
        value = _inside(value, part)
        name = value.get("name") if isinstance(part, int) and isinstance(value, dict) else None
        found.append(f'"{name}"' if isinstance(name, str) else str(part))
    return ".".join(found)


def _inside(value: object, part: object) -> object:
    if isinstance(value, dict):
        return value.get(part)
    return value[part] if isinstance(value, list) and isinstance(part, int) and part < len(value) else None


def _placed(error: tomllib.TOMLDecodeError, text: str) -> str:
    at_end = "(at end of document)"
    if at_end not in str(error):
        return str(error)
    return str(error).replace(at_end, f"(for what begins at line {begins_at(text)} and is not closed)")


def _hint(name: str, table: type[BaseModel], whole: type[BaseModel]) -> str:
    """The table that has such a key; else the nearest key of its table; else the nearest of all."""
    known = _known_names(whole)
    if name in known:
        place = known[name]
        return f", which belongs into [{place}]" if place else ", which belongs before the first [table]"
    if near := difflib.get_close_matches(name, table.model_fields, n=1):
        return f", did you mean '{near[0]}'?"
    near = difflib.get_close_matches(name, known, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def _table_at(model: type[BaseModel], location: tuple[object, ...]) -> type[BaseModel]:
    """The table that `location` leads to; numbers in it count entries of a list."""
    for part in location:
        inner = _tables_of(model, part) if isinstance(part, str) else []
        model = inner[0] if inner else model
    return model


def _tables_of(model: type[BaseModel], name: str) -> list[type[BaseModel]]:
    """The tables that may stand under the key `name`."""
    field = model.model_fields.get(name)
    if field is None:
        return []
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _seen_from(folder: Path, value: object) -> object:
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, Settings):
        return value.seen_from(folder)
    if isinstance(value, tuple):
        return tuple(_seen_from(folder, one) for one in value)
    return value


def _known_names(model: type[BaseModel], place: str = "") -> dict[str, str]:
    """All keys, each with the first table that has it."""
    names = dict.fromkeys(model.model_fields, place)
    for name in model.model_fields:
        for inner in _tables_of(model, name):
            for found, where in _known_names(inner, f"{place}.{name}" if place else name).items():
                names.setdefault(found, where)
    return names
