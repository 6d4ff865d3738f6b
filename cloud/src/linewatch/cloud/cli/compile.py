"""`linewatch compile`."""

import math
from collections.abc import Mapping
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as RichTable

from linewatch.cloud.cli.bars import Bars
from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.imports import interruptible_imports
from linewatch.cloud.cli.json_file import check_json, write_json
from linewatch.cloud.cli.precision import show_precision
from linewatch.cloud.cli.size import parse_size

if TYPE_CHECKING:
    from linewatch.compiler.compile import Compiled
    from linewatch.compiler.prove.naming import Naming
    from linewatch.compiler.prove.proof import Proof
    from linewatch.compiler.search.front import Front
    from linewatch.compiler.search.search import SearchSettings
    from linewatch.compiler.teacher import FloatArray
    from linewatch.protos.bundle import Threshold


def compile_(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run that `linewatch train` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="BUNDLE", help="Folder to write the bundle to.")],
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="TARGET", help="What the bundle runs on; may be given several times. [onnx-cpu-int8]"),
    ] = None,
    name: Annotated[str, typer.Option(help="Name that devices ask for; that of the folder BUNDLE when empty.")] = "",
    max_auroc_loss: Annotated[
        float, typer.Option(help="Refuse a student whose image AUROC is further below its teacher's.")
    ] = 0.015,
    false_alarms: Annotated[
        float | None,
        typer.Option(
            metavar="PER_HOUR",
            help="Promise no more false alarms an hour; refused if the good pictures cannot prove it. [aim at 36]",
        ),
    ] = None,
    unproven: Annotated[
        bool, typer.Option("--unproven", help="Aim at --false-alarms by a model of the scores; promise what is proven.")
    ] = False,
    frames_per_second: Annotated[float, typer.Option(help="Frames a second that the camera will show.")] = 1.0,
    size: Annotated[
        str,
        typer.Option(metavar="HEIGHTxWIDTH", help="Pixels that the student sees; its teacher's if empty."),
    ] = "",
    budget_ms: Annotated[
        float | None,
        typer.Option(metavar="MS", help="Search the most accurate student that takes no longer a frame, on one core."),
    ] = None,
    fps: Annotated[
        float | None, typer.Option(metavar="FRAMES", help="The same, as frames a second on one core.")
    ] = None,
    max_memory: Annotated[
        float | None,
        typer.Option(metavar="MB", help="Refuse, or search no, student that adds more to the memory of a device."),
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Measure and print which layers lose most by quantization.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same graph, on one machine.")] = 0,
    repeated: Annotated[
        Path | None,
        typer.Option("--from", metavar="OTHER", help="Make the bundle OTHER again, with its settings, byte for byte."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Exchange a bundle that stands at BUNDLE.")] = False,
    card: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the model card goes. [BUNDLE-card]")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Make a small student of a trained teacher, prove that it scores alike in every runtime, and write it as a bundle.

    Exit code 3: the student was made and measured, and is not good enough; nothing was written.
    """
    check_json(json)
    _check_places(output, replace, {"--from": repeated, "--card": card, "--json": json})
    if repeated is not None:
        _check_nothing_else_is_chosen(context)
    card_folder = card or output.with_name(f"{output.resolve().name}-card")
    with interruptible_imports():
        import torch

        from linewatch.cloud.card.card import card_of
        from linewatch.cloud.card.write import check_card_place, write_card
        from linewatch.cloud.errors import WrongUse
        from linewatch.cloud.training.hand_over import pictures_of, suited_shape
        from linewatch.cloud.training.repeat import check_repeated, original_of
        from linewatch.cloud.training.run import load_run
        from linewatch.compiler.bundle.threshold import Budget
        from linewatch.compiler.compile import compile_bundle
        from linewatch.compiler.memory import keep_freed_memory
        from linewatch.compiler.precision.loss import PrecisionSettings
        from linewatch.compiler.settings import CompileSettings
        from linewatch.compiler.target import ONNX_CPU_INT8

    check_card_place(card_folder)
    if unproven and false_alarms is None:
        raise WrongUse("--unproven says how --false-alarms is meant: give both, or neither")
    settings = CompileSettings(
        name=name or output.resolve().name,
        targets=tuple(target or (ONNX_CPU_INT8,)),
        seed=seed,
        budget=Budget(
            false_alarms_per_hour=36.0 if false_alarms is None else false_alarms,
            frames_per_second=frames_per_second,
            proven=false_alarms is not None and not unproven,
        ),
        max_auroc_loss=max_auroc_loss,
        max_memory_mb=max_memory,
        precision=PrecisionSettings(report=sensitivity),
    )
    chosen_size = parse_size(size)
    budget = _budget(budget_ms, fps, fixed_size=chosen_size is not None)
    keep_freed_memory()
    with Bars() as bars:
        opened = load_run(run, bars.count)
        original = None if repeated is None else original_of(repeated, opened.dataset_digest)
        if original is None:
            shape = suited_shape(opened)
            if chosen_size is not None:
                shape = replace_fields(shape, height=chosen_size[0], width=chosen_size[1])
            settings = replace_fields(settings, student=shape)
        else:
            settings = original.settings
            torch.set_num_threads(original.threads)
        compiled = compile_bundle(
            opened.teacher,
            pictures_of(opened),
            output,
            settings,
            training_run=run.resolve().name if original is None else original.training_run,
            budget=budget,
            recorded=None if original is None else original.recorded,
            replace=replace,
            progress=bars.share,
        )
    write_card(
        card_folder,
        card_of(compiled, opened.teacher, opened.facts, f"linewatch compile {run} --from {output} -o again"),
    )
    _show(compiled)
    _tell(f"model card: {card_folder / 'card.html'}")
    if json is not None:
        write_json(json, _facts(compiled))
    if original is not None:
        same = check_repeated(original.bundle, compiled.bundle)
        _tell(f"the same bytes as {repeated}" + ("" if same else ", but for the classes that were changed in it since"))


_WITH_FROM = ("context", "run", "output", "repeated", "replace", "card", "json")
"""Parameters that say nothing about what the bundle is."""


def _check_nothing_else_is_chosen(context: typer.Context) -> None:
    from linewatch.cloud.errors import WrongUse

    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "")
        if given is not None and given.name == "COMMANDLINE" and parameter.name not in _WITH_FROM:
            raise WrongUse(f"--from takes every setting from the bundle: leave {parameter.opts[0]} out")


def _check_places(output: Path, replace: bool, others: Mapping[str, Path | None]) -> None:
    """A bundle may stand at `output`, and nothing else of the command lies in it."""
    from linewatch.cloud.errors import WrongUse
    from linewatch.protos.bundle import check_place
    from linewatch.protos.bundle.errors import BundleError

    try:
        check_place(output, replace=replace)
    except BundleError as error:
        raise WrongUse(str(error)) from error
    for option, other in others.items():
        if other is not None and other.resolve().is_relative_to(output.resolve()):
            raise WrongUse(f"{option} {other} lies in the bundle that is to be written: name a place outside {output}")


def _tell(text: str) -> None:
    plain_console().print(text)


def _budget(budget_ms: float | None, fps: float | None, *, fixed_size: bool) -> "SearchSettings | None":
    from linewatch.compiler.errors import WrongUse
    from linewatch.compiler.search.search import SearchSettings

    if budget_ms is not None and fps is not None:
        raise WrongUse("give --budget-ms or --fps, not both: they say the same")
    if fps is not None:
        if not fps > 0:
            raise WrongUse(f"the frames a second must be above 0, not {fps}")
        budget_ms = 1000 / fps
    return None if budget_ms is None else SearchSettings(budget_ms=budget_ms, fixed_size=fixed_size)


def _show_front(front: "Front") -> None:
    table = RichTable(title="students within reach", caption=f"{len(front.points)} were measured on one core")
    for heading in ("", "ms", "GMAC", "image AUROC, estimated", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    for point in front.estimated:
        chosen = "chosen" if point.candidate is front.choice else ""
        macs = f"{point.candidate.macs / 1e9:.3f}"
        table.add_row(point.candidate.name, f"{point.ms:.2f}", macs, f"{point.auroc:.3f}", chosen)
    plain_console().print(table, soft_wrap=False)


def _show(compiled: "Compiled") -> None:
    if compiled.front is not None:
        _show_front(compiled.front)
    bundle = compiled.bundle
    real = "" if compiled.table.real else ", on synthetic defects"
    table = RichTable(title=f"{bundle.manifest.name} {bundle.digest[:12]}{real}")
    for heading in ("", "image AUROC", "pixel AUROC", "ms", "bytes", "MB of memory"):
        table.add_column(heading, justify="right" if heading else "left")
    for row in compiled.table.rows:
        pixel = row.accuracy.pixel_auroc
        table.add_row(
            row.subject,
            f"{row.accuracy.image_auroc:.3f}",
            "" if pixel is None else f"{pixel:.3f}",
            "" if row.latency_ms is None else f"{row.latency_ms:.2f}",
            "" if row.size_bytes is None else f"{row.size_bytes:,}",
            "" if row.memory_bytes is None else f"{row.memory_bytes / 1e6:.1f}",
        )
    console = plain_console()
    console.print(table, soft_wrap=False)
    for target in bundle.manifest.targets:
        _tell(f"{target.name}: {_promise(target.threshold)}")
        if compiled.table.real:
            _show_alarms(target.threshold, compiled.table.row(target.name).accuracy.normal)
    for row in compiled.table.rows:
        if row.naming is not None:
            _tell(_named(row.subject, row.naming))
    for name, proof in compiled.golden.proofs.items():
        _tell(_proof(name, proof))
    for built in compiled.built.targets:
        show_precision(console, built.kind.name, built.precision)
    _tell(f"written to {bundle.folder}")


def _promise(threshold: "Threshold") -> str:
    return (
        f"threshold for {threshold.false_alarms_per_hour:g} false alarms an hour at {threshold.frames_per_second:g} "
        f"frames per second; the {threshold.normal_pictures} good pictures held back for it prove, by their number "
        f"alone, at most {math.ceil(_proven_per_hour(threshold))} an hour; give more to prove fewer"
    )


def _show_alarms(threshold: "Threshold", scores: "FloatArray") -> None:
    """What the promise comes to on good test pictures, which may be of other days."""
    if not len(scores):
        return
    alarms, most = int((scores >= 1).sum()), threshold.false_positive_rate_bound * len(scores)
    told = f"of the {len(scores)} good test pictures, {alarms} raise an alarm; the proven bound allows {most:.1f}"
    if alarms <= most:
        _tell(f"  {told}")
        return
    plain_console(stderr=True).print(
        f"  {told}: they are not like the pictures in train/good, for which the promise holds; add pictures of such "
        "days there",
        style="yellow",
    )


def _named(target: str, naming: "Naming") -> str:
    unnamed = naming.found - naming.right - naming.wrong
    told = (
        f"{target}: of {naming.found} defects that it finds, {naming.right} get their name, {naming.wrong} another one "
    )
    strange = f"; of {naming.strange} of kinds that it does not know, {naming.strange_named} get a name"
    return f"{told}and {unnamed} none{strange if naming.strange else ''}"


def _proof(target: str, proof: "Proof") -> str:
    passed = "".join(f"; {check}" for check in proof.checks)
    absent = f"; not installed: {', '.join(proof.absent)}" if proof.absent else ""
    return f"{target}: golden scores within {proof.spread:.4f} in {', '.join(proof.runtimes)}{passed}{absent}"


def _facts(compiled: "Compiled") -> dict[str, Any]:
    manifest = compiled.bundle.manifest
    return {
        "bundle": str(compiled.bundle.folder),
        "digest": compiled.bundle.digest,
        "name": manifest.name,
        "measurements": [
            {"subject": one.subject, "metric": one.metric, "value": one.value, "unit": one.unit}
            for one in manifest.measurements
        ],
        "classes": list(manifest.defect_classes),
        "front": _front_facts(compiled.front),
        "golden": {
            target: {"spread": proof.spread, "runtimes": proof.runtimes, "checks": proof.checks, "absent": proof.absent}
            for target, proof in compiled.golden.proofs.items()
        },
        "thresholds": {
            target.name: {
                "false_positive_rate_bound": target.threshold.false_positive_rate_bound,
                "normal_pictures": target.threshold.normal_pictures,
                "alarms_on_good_test_pictures": (
                    int((compiled.table.row(target.name).accuracy.normal >= 1).sum()) if compiled.table.real else None
                ),
            }
            for target in manifest.targets
        },
    }


def _front_facts(front: "Front | None") -> list[dict[str, Any]]:
    if front is None:
        return []
    return [
        {
            "name": point.candidate.name,
            "height": point.candidate.shape.height,
            "width": point.candidate.shape.width,
            "scale": point.candidate.scale,
            "macs": point.candidate.macs,
            "ms": point.ms,
            "estimated_auroc": point.auroc,
            "chosen": point.candidate is front.choice,
        }
        for point in front.points
    ]


def _proven_per_hour(threshold: "Threshold") -> float:
    return threshold.false_positive_rate_bound * threshold.frames_per_second * 3600
