"""`linewatch-edge cameras`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.errors import WrongUse


def cameras(
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was found to FILE.")] = None,
) -> None:
    """List the cameras that are connected, each with the line for its `[[cameras]]` table.

    USB cameras by Video4Linux, GigE Vision and USB3 Vision cameras by Aravis, where that is installed. Cameras that
    speak RTSP cannot be found: their makers say their addresses.
    """
    check_json(json)
    from linewatch.edge.capture.found import find_gige, find_usb

    console, missing = plain_console(), ""
    found = find_usb()
    try:
        found += find_gige()
    except WrongUse as error:
        missing = str(error)
    for one in found:
        console.print(f'source = "{one.source}"   # {one.what}')
    if not found:
        console.print("no USB camera and no GigE camera answers")
    if missing:
        console.print(f"GigE cameras were not looked for: {missing}")
    if json is not None:
        write_json(json, {"cameras": [asdict(one) for one in found], "missing": missing})
