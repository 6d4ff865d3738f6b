"""Asks for TensorRT where no GPU is visible: `python -m hil.without_gpu BUNDLE STATE`; prints what judges instead."""

import json
import sys
from pathlib import Path

from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Wish
from linewatch.edge.infer.runtimes.port import RuntimeName


def main() -> None:
    """Load the bundle as the agent would."""
    bundle, state = map(Path, sys.argv[1:])
    engine = Engine(opener=Opener(Wish(runtime=RuntimeName.TENSORRT), engines=state / "engines"))
    loaded = engine.try_out(bundle)
    told = {
        "runtime": loaded.model.runtime,
        "target": loaded.model.target.name,
        "threshold": loaded.model.target.threshold.score,
        "reason": loaded.stands_in_because,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
