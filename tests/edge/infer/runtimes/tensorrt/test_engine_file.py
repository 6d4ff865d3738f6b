import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewatch.edge.errors import StateUnwritable
from linewatch.edge.infer.runtimes.tensorrt.engine_file import EngineFiles, EngineKey
from linewatch.edge.infer.runtimes.tensorrt.gpu import Gpu

GPU = Gpu(name="Orin", uuid="ab" * 16, capability="8.7")
KEY = EngineKey(bundle="0" * 64, target="tensorrt-int8", library="tensorrt 10.3.0", gpu=GPU)
OTHERS = (
    replace(KEY, bundle="1" * 64),
    replace(KEY, target="tensorrt-fp16"),
    replace(KEY, library="tensorrt 11.4.0"),
    replace(KEY, gpu=replace(GPU, uuid="cd" * 16)),
    replace(KEY, gpu=replace(GPU, name="Thor")),
    replace(KEY, gpu=replace(GPU, capability="8.9")),
)
HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@HERE
@given(st.binary(max_size=200))
def test_what_was_kept_comes_back_to_its_own_key_alone(tmp_path: Path, data: bytes) -> None:
    files = EngineFiles(tmp_path / "engines")
    files.keep_engine(KEY, data)
    files.keep_timings(KEY, data)
    assert files.engine(KEY) == data
    assert files.timings(KEY) == data
    assert all(files.engine(other) is None for other in OTHERS)


@HERE
@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_damaged_engine_is_deleted(tmp_path: Path, data: bytes, draw: st.DataObject) -> None:
    files = EngineFiles(tmp_path / "engines")
    files.keep_engine(KEY, data)
    path = files.folder / KEY.engine_name()
    whole = path.read_bytes()
    place = draw.draw(st.integers(0, len(whole) - 1))
    if draw.draw(st.booleans()):
        path.write_bytes(whole[:place])
    else:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert files.engine(KEY) is None
    assert not path.exists()


def test_an_engine_under_another_name_is_not_taken(tmp_path: Path) -> None:
    files = EngineFiles(tmp_path)
    files.keep_engine(KEY, b"engine")
    (tmp_path / KEY.engine_name()).rename(tmp_path / OTHERS[0].engine_name())
    assert files.engine(OTHERS[0]) is None


def test_the_engines_used_last_are_kept(tmp_path: Path) -> None:
    files = EngineFiles(tmp_path)
    keys = [replace(KEY, bundle=f"{number:064x}") for number in range(1, 9)]
    for number, key in enumerate(keys):
        files.keep_engine(key, b"engine")
        os.utime(tmp_path / key.engine_name(), (number, number))
    assert files.engine(keys[4]) == b"engine"  # being used, it is young again
    files.keep_engine(KEY, b"engine")
    left = [key for key in keys if (tmp_path / key.engine_name()).exists()]
    assert left == [keys[4], keys[6], keys[7]]


def test_timings_of_other_versions_and_gpus_are_deleted(tmp_path: Path) -> None:
    files = EngineFiles(tmp_path)
    for key in OTHERS:
        files.keep_timings(key, b"timings")
    files.keep_timings(KEY, b"timings")
    assert files.timings(OTHERS[0]) == b"timings"  # another bundle's kernels take as long
    assert [path.name for path in tmp_path.iterdir()] == [KEY.timing_name()]


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "engines").write_text("a file")
    with pytest.raises(StateUnwritable, match="keep the engine"):
        EngineFiles(tmp_path / "engines").keep_engine(KEY, b"engine")
