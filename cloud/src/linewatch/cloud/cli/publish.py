"""`linewatch publish`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.json_file import check_json, write_json


def publish(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder that `linewatch compile` wrote.")],
    site: Annotated[str, typer.Option(help="Site whose devices may run it; that of cloud.toml when empty.")] = "",
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="cloud.toml; ./cloud.toml or ./linewatch-cloud's if none.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Stamp a bundle with the next release number, sign it, and put it into the registry."""
    check_json(json)
    from linewatch.cloud.config import load_cloud
    from linewatch.cloud.registry.release import publish as publish_bundle
    from linewatch.cloud.registry.repository import Repository

    settings = load_cloud(config)
    release = publish_bundle(bundle, site or settings.site, Repository(settings.registry))
    plain_console().print(
        f"{release.name} release {release.release} for {release.site}: {release.digest}\n"
        f"{release.blobs_new} new files, {release.bytes_new:,} bytes",
    )
    if json is not None:
        write_json(json, asdict(release))
