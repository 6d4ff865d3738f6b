"""`linewatch-edge bundle`: what is installed, install from a folder or a registry, return to the one before."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.config import EdgeSettings, load_config
from linewatch.edge.errors import EdgeError, Refused, TryAgain

if TYPE_CHECKING:
    from linewatch.edge.update.by_hand import Installed
    from linewatch.edge.update.status import UpdateStatus

bundle = typer.Typer(
    name="bundle", help="Look at the installed bundles, install one, or return to the one before.", no_args_is_help=True
)

_Config = Annotated[Path, typer.Option(metavar="FILE", help="Configuration of this device.")]
_Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")]
_CONFIG = Path("edge.toml")


@bundle.command("list")
def list_(config: _Config = _CONFIG, json: _Json = None) -> None:
    """Show what is installed, after a full check of each."""
    check_json(json)
    from linewatch.edge.update.by_hand import installed_bundles

    found = installed_bundles(load_config(config).device.state.absolute())
    table = Table()
    for heading in ("bundle", "name", "site", "release", "kB", ""):
        table.add_column(heading, justify="right" if heading in ("release", "kB") else "left")
    for one in found:
        size = f"{one.size_bytes / 1000:.0f}"
        table.add_row(one.digest[:12], one.name, one.site, str(one.release), size, _say(one))
    plain_console().print(table if found else "no bundle is installed", soft_wrap=False)
    if json is not None:
        write_json(json, {"bundles": [asdict(one) for one in found]})


@bundle.command()
def install(
    place: Annotated[
        str, typer.Argument(metavar="REGISTRY", help="Folder of a registry that was carried here, or its address.")
    ],
    config: _Config = _CONFIG,
    json: _Json = None,
) -> None:
    """Install the newest release for this device, with every check of an update.

    Signatures against the trusted root of the configuration, hashes, site, name, release counter, and the golden
    pictures on this device. An agent that runs does it itself, and serves the bundle when this command ends.
    """
    check_json(json)
    settings = load_config(config)
    from linewatch.edge.update.by_hand import beside_no_agent, registry_address
    from linewatch.edge.update.by_hand import install as install_by_hand
    from linewatch.edge.update.control import ask_agent

    state, address = settings.device.state.absolute(), registry_address(place)
    status = ask_agent(state, {"do": "install", "registry": address}, _tell)
    runs = status is not None
    if status is None:
        with beside_no_agent(settings.update, settings.device.site, state, settings.inference.target) as updater:
            status = install_by_hand(updater, settings.update, address)
    _raise_what_failed(status)
    _show(f"{status.serving[:12]} is installed", settings, agent_runs=runs)
    if json is not None:
        write_json(json, {"bundle": status.serving, "agent_runs": runs})


@bundle.command()
def rollback(config: _Config = _CONFIG, json: _Json = None) -> None:
    """Return to the bundle before the current one, which then waits for a newer release."""
    check_json(json)
    settings = load_config(config)
    from linewatch.edge.update.by_hand import beside_no_agent, roll_back
    from linewatch.edge.update.control import ask_agent
    from linewatch.edge.update.store import BundleStore

    state = settings.device.state.absolute()
    status = ask_agent(state, {"do": "rollback"}, _tell)
    runs = status is not None
    if status is None:
        with beside_no_agent(settings.update, settings.device.site, state, settings.inference.target) as updater:
            status = roll_back(updater)
    if status.trouble:
        raise EdgeError(status.trouble)
    store = BundleStore(state)
    found = store.open(store.current() or "")
    manifest = found.manifest
    _show(f"returned to {found.digest[:12]} ({manifest.name}, release {manifest.release})", settings, agent_runs=runs)
    if json is not None:
        write_json(json, {"bundle": found.digest, "agent_runs": runs})


def _say(one: "Installed") -> str:
    said = [one.role, "on trial" if one.on_trial else "", one.refused and f"held back: {one.refused}"]
    return one.trouble or ", ".join(filter(None, said))


def _tell(status: "UpdateStatus") -> None:
    done = f" {100 * status.done_bytes // status.total_bytes} %" if status.total_bytes else ""
    Console(stderr=True).print(f"{status.state}{done}", highlight=False)


def _show(what: str, settings: EdgeSettings, *, agent_runs: bool) -> None:
    when = "it serves now" if agent_runs else "it serves when the agent starts"
    if settings.inference.bundle is not None and not settings.update.enabled:
        named = f"{settings.inference.bundle} in [inference]"
        when = f"it serves now; the next start takes {named}" if agent_runs else f"but the agent takes {named}"
    plain_console().print(f"{what}; {when}")


def _raise_what_failed(status: "UpdateStatus") -> None:
    if status.refusal:
        raise Refused(status.refusal)
    if status.trouble:
        raise TryAgain(status.trouble)
    if not status.serving:
        raise EdgeError("nothing was installed")
