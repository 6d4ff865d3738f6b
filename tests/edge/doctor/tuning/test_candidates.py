from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.doctor.tuning.candidates import batches, first_choice, memory_and_waiting, runtimes_and_threads
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.setup import settle
from linewatch.edge.infer.tuned import Choice

BOTH = ("onnxruntime", "openvino")
SETTINGS = st.builds(
    InferenceSettings,
    runtime=st.sampled_from(["auto", "onnxruntime", "openvino"]),
    workers=st.integers(0, 4),
    threads=st.integers(0, 4),
    batch=st.integers(0, 4),
)


@given(SETTINGS, st.integers(1, 16))
def test_what_the_file_fixes_is_never_measured_otherwise(settings: InferenceSettings, cores: int) -> None:
    first = first_choice(settings, cores)
    for one in (
        first,
        *runtimes_and_threads(first, settings, cores, BOTH),
        *memory_and_waiting(first),
        *batches(first, settings, None),
    ):
        assert settings.runtime in ("auto", one.runtime)
        assert settings.workers in (0, one.workers)
        assert settings.threads in (0, one.threads)
        assert settings.batch in (0, one.batch)
        made = settle(settings, one)
        assert (made.options.workers, made.options.threads) == (one.workers, one.threads) or settings.workers == 0
        assert made.batch == one.batch


@given(SETTINGS, st.integers(1, 16))
def test_nothing_is_measured_twice(settings: InferenceSettings, cores: int) -> None:
    first = first_choice(settings, cores)
    others = runtimes_and_threads(first, settings, cores, BOTH)
    assert len({one.model_dump_json() for one in (first, *others)}) == 1 + len(others)


def test_a_processor_of_four_cores() -> None:
    others = runtimes_and_threads(Choice(workers=4), InferenceSettings(), 4, BOTH)
    assert [(one.runtime, one.workers, one.threads) for one in others] == [
        ("onnxruntime", 2, 2),
        ("onnxruntime", 1, 4),
        ("openvino", 4, 1),
        ("openvino", 2, 2),
        ("openvino", 1, 4),
    ]


def test_only_batches_that_the_graph_takes() -> None:
    assert batches(Choice(), InferenceSettings(), 1) == []
    assert [one.batch for one in batches(Choice(), InferenceSettings(), 4)] == [2, 4]
    assert [one.batch for one in batches(Choice(), InferenceSettings(), None)] == [2, 4, 8]
