import json

import pytest

from linewatch.compiler.bundle.recipe import canonical_json
from linewatch.compiler.bundle.threshold import Budget
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_INT8
from linewatch.compiler.teach.distil import DistilSettings

SETTINGS = CompileSettings(
    name="part-7",
    targets=(ONNX_CPU_INT8, TENSORRT_INT8),
    seed=3,
    budget=Budget(false_alarms_per_hour=0.1, proven=True),
    student=StudentShape(height=320, width=128, heads=(GAUSSIAN, DISCRIMINATOR)),
    distil=DistilSettings(learning_rate=1 / 3),
)


def test_settings_come_back_from_a_manifest() -> None:
    assert CompileSettings.from_plain(json.loads(canonical_json(SETTINGS.plain()))) == SETTINGS


@pytest.mark.parametrize("change", [{"speed": 1}, {"student": {"height": 64, "colour": 1}}, {"budget": 3}])
def test_settings_of_another_version_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(WrongUse, match="not of this version"):
        CompileSettings.from_plain({**SETTINGS.plain(), **change})
