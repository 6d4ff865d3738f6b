"""anomalib's own OpenVINO inferencer, timed on request.

Runs in the environment that `bench.compiler.rivals` makes: `python anomalib_inferencer.py PICTURES.npy`. It exports
PatchCore and PaDiM with the weights of EfficientNet-Lite0, and STFPM, which is as fast with any weights, as anomalib
does by default; says which they are; then each line `KIND` on standard input is answered by the seconds that it took
for all pictures, uint8[N, H, W, 3], which are in memory already.
"""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent / "compiler"))
from anomalib_scores import LAYERS, PADIM_FEATURES, SIDE, fitted, import_torchvision  # type: ignore[import-not-found]

ONE: dict[str, Any] = {"dynamic_axes": {}}
"""One frame at a time, of one size: the fastest graph that anomalib exports."""

_BACKBONE = {"backbone": "tf_efficientnet_lite0", "layers": list(LAYERS), "pre_trained": False}


def module(kind: str, train: list[torch.Tensor]) -> Any:  # noqa: ANN401
    """anomalib's module of a kind, ready to be exported."""
    from anomalib.models import Padim, Patchcore, Stfpm  # type: ignore[import-not-found]

    if kind == "stfpm":
        return _untaught(Stfpm)
    made = Patchcore(**_BACKBONE) if kind == "patchcore" else Padim(**_BACKBONE, n_features=PADIM_FEATURES)
    made.model = fitted(kind, train)
    return made


def _untaught(make: Callable[[], Any]) -> Any:  # noqa: ANN401
    """What `make` gives, without the weights that it would fetch."""
    import timm  # type: ignore[import-not-found]

    whole = timm.create_model
    timm.create_model = lambda *names, **options: whole(*names, **{**options, "pretrained": False})
    try:
        return make()
    finally:
        timm.create_model = whole


def main() -> None:
    """Export, then answer."""
    pictures = np.load(sys.argv[1])
    import_torchvision()
    from anomalib.deploy import OpenVINOInferencer  # type: ignore[import-not-found]

    frames = [picture.astype(np.float32) / 255 for picture in pictures]
    train = [torch.from_numpy(frame).permute(2, 0, 1)[None] for frame in frames]
    train = [torch.nn.functional.interpolate(one, (SIDE, SIDE), mode="area") for one in train]
    inferencers = {}
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("patchcore", "padim", "stfpm"):
            with contextlib.redirect_stdout(sys.stderr):  # it tells of its progress
                size = frames[0].shape[:2]
                exported = module(kind, train).to_openvino(Path(scratch, kind), input_size=size, onnx_kwargs=ONE)
            inferencers[kind] = OpenVINOInferencer(exported, device="CPU")
            inferencers[kind].predict(frames[0])
    sys.stdout.write(json.dumps(list(inferencers)) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        begun = time.perf_counter()
        for frame in frames:
            inferencers[line.strip()].predict(frame)
        sys.stdout.write(f"{time.perf_counter() - begun}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
