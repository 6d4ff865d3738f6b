"""`linewatch classes`: the kinds of defects that a bundle can name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.imports import interruptible_imports
from linewatch.cloud.cli.json_file import check_json, write_json

if TYPE_CHECKING:
    from linewatch.protos.bundle import Bundle

classes = typer.Typer(
    name="classes",
    help="Name defects: list, add and remove the classes of a bundle. No graph changes, only classes.json.",
    no_args_is_help=True,
)

_Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="The folder that `linewatch compile` wrote.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="What the defect is called.")]
_Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")]


@classes.command("list")
def list_(bundle: _Bundle, json: _Json = None) -> None:
    """Show the classes of a bundle, and of how many pictures each was learned."""
    check_json(json)
    from linewatch.compiler.classes.change import open_bundle

    _show(open_bundle(bundle), json)


@classes.command()
def add(
    bundle: _Bundle,
    name: _Name,
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURES", help="Pictures, or folders of pictures, that show it.")
    ],
    json: _Json = None,
) -> None:
    """Teach a bundle a kind of defect from one picture or more; a known one is refined."""
    check_json(json)
    with interruptible_imports():
        from linewatch.cloud.training.loose import loose_pictures
        from linewatch.compiler.classes.change import add_class, open_bundle

    bits = open_bundle(bundle).manifest.picture_bits
    added = add_class(bundle, name, loose_pictures(pictures, bits))
    _show(added.bundle, json)
    if added.foreign:
        manifest = added.bundle.manifest
        plain_console(stderr=True).print(
            f"{added.foreign} of the {added.shown} pictures are not {manifest.frame_width} pixels wide and "
            f"{manifest.frame_height} high, as those that the bundle was made for: give whole frames of the same "
            "camera, or it learns the wrong thing",
        )
    if added.found < added.shown:
        plain_console(stderr=True).print(
            f"left {added.shown - added.found} of the {added.shown} pictures out, which are not anomalous to this "
            f"bundle: it will not find all defects of this kind; pictures in train/{name} would teach it to",
        )


@classes.command()
def remove(bundle: _Bundle, name: _Name, json: _Json = None) -> None:
    """Let a bundle forget a class."""
    check_json(json)
    from linewatch.compiler.classes.change import remove_class

    changed = remove_class(bundle, name)
    plain_console().print(f"{bundle} has forgotten '{name}'")
    _show(changed, json)


def _show(bundle: "Bundle", json: Path | None) -> None:
    bank = bundle.classes()
    known = () if bank is None else bank.of(bundle.manifest.targets[0].name)
    console = plain_console()
    if known:
        table = Table(title=f"{bundle.manifest.name} {bundle.digest[:12]}")
        table.add_column("class")
        table.add_column("learned from pictures", justify="right")
        for one in known:
            table.add_row(one.name, str(one.examples))
        console.print(table, soft_wrap=False)
    else:
        console.print(f"{bundle.folder} names no defects")
    if json is not None:
        shown = [{"name": one.name, "examples": one.examples} for one in known]
        write_json(json, {"bundle": str(bundle.folder), "digest": bundle.digest, "classes": shown})
