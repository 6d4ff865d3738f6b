from pathlib import Path

import pytest
import structlog
from structlog.typing import FilteringBoundLogger

from edge.tiny_bundle import make_bundle
from linewatch.edge.infer.model import Model, load_model


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that nobody changes."""
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    make_bundle(folder)
    return folder


@pytest.fixture(scope="session")
def model(bundle_folder: Path) -> Model:
    return load_model(bundle_folder)


@pytest.fixture
def log() -> FilteringBoundLogger:
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger
