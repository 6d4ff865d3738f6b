import pytest

from linewatch.compiler.errors import UnknownTarget, WrongUse
from linewatch.compiler.prove.runtimes.runtime import RUNTIMES
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS, TENSORRT_INT8, Flavour, check_target, check_targets


def test_known_targets_are_given_back() -> None:
    assert check_targets((TENSORRT_INT8, ONNX_CPU_INT8)) == (TENSORRT_INT8, ONNX_CPU_INT8)


def test_the_nearest_known_one_is_named() -> None:
    with pytest.raises(UnknownTarget, match="did you mean 'tensorrt-int8'"):
        check_target("tensorrt-in8")


def test_none_and_twice_are_refused() -> None:
    with pytest.raises(WrongUse, match="at least one target"):
        check_targets(())
    with pytest.raises(WrongUse, match="'tensorrt-int8' is given twice"):
        check_targets((TENSORRT_INT8, ONNX_CPU_INT8, TENSORRT_INT8))


def test_every_flavour_has_a_target_and_runtimes() -> None:
    assert {kind.flavour for kind in TARGETS.values()} == set(Flavour) == set(RUNTIMES)
    assert all(RUNTIMES[flavour][0].pictures is None for flavour in Flavour)
