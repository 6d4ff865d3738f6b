"""A fresh registry on disk, whose clock the test sets."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.registry.settings import RegistrySettings


@dataclass
class Made:
    """A registry, its settings, and what time it is for it."""

    settings: RegistrySettings
    now: datetime

    @property
    def repository(self) -> Repository:
        return Repository(self.settings, lambda: self.now)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    settings = RegistrySettings(folder=tmp_path / "registry", keys=tmp_path / "keys")
    made = Made(settings, datetime.now(UTC))
    Repository.create(settings, make_keys(settings.keys), lambda: made.now)
    return made
