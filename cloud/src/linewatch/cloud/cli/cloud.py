"""`linewatch cloud`: make a cloud folder, and run it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.json_file import check_json, write_json

cloud = typer.Typer(name="cloud", help="Make and run the cloud: registry, broker, event store.", no_args_is_help=True)


@cloud.command()
def init(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Folder to make.")] = Path("linewatch-cloud"),
    site: Annotated[
        str | None, typer.Option(help="Site that bundles are published for.", show_default="default-site")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Make signing keys, an empty signed registry and a commented cloud.toml. A second run changes nothing."""
    check_json(json)
    from linewatch.cloud.config import DEFAULT_SITE
    from linewatch.cloud.registry.setup import check_site, set_up

    made = set_up(folder, site or DEFAULT_SITE)
    if not made and site is not None:
        check_site(folder, site)
    console = plain_console()
    if made:
        console.print(
            f"made {folder}: cloud.toml, keys/ (private, keep a copy), registry/\n"
            f"devices trust registry/metadata/root.json; next: linewatch publish BUNDLE, linewatch cloud up",
        )
    else:
        console.print(f"{folder} is a cloud folder already; nothing was changed")
    if json is not None:
        write_json(json, {"folder": str(folder), "made": made})


@cloud.command()
def up(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="cloud.toml; ./cloud.toml or ./linewatch-cloud's if none.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write where it listens to FILE, once it does.")
    ] = None,
) -> None:
    """Run the broker, the event store and the registry until Ctrl-C or SIGTERM."""
    check_json(json)
    from linewatch.cloud.config import load_cloud
    from linewatch.cloud.logs import set_up_logs
    from linewatch.cloud.service.compose import Listening, run_cloud

    def ready(listening: Listening) -> None:
        console = plain_console()
        for name, address in asdict(listening).items():
            console.print(f"{name:<9} {address}")
        console.print("Ctrl-C stops")
        if json is not None:
            write_json(json, asdict(listening))

    set_up_logs(verbose=verbose)
    run_cloud(load_cloud(config), ready)


@cloud.command()
def renew(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="cloud.toml; ./cloud.toml or ./linewatch-cloud's if none.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Sign everything in the registry, root included, for another full life. Needs all keys."""
    check_json(json)
    from linewatch.cloud.config import load_cloud
    from linewatch.cloud.registry.repository import Repository

    repository = Repository(load_cloud(config).registry)
    with repository.locked():
        repository.renew()
    expires = {role: f"{when:%Y-%m-%d %H:%M} UTC" for role, when in repository.expiries().items()}
    console = plain_console()
    for role, when in expires.items():
        console.print(f"{role:<9} holds until {when}")
    if json is not None:
        write_json(json, {"expires": expires})
