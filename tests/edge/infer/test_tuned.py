from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.setup import settle
from linewatch.edge.infer.tuned import Choice, Tuned, device_facts, read_tuned, usable_tuning, write_tuned

CHOICES = st.builds(
    Choice,
    runtime=st.sampled_from(["onnxruntime", "openvino"]),
    workers=st.integers(1, 8),
    threads=st.integers(1, 8),
    batch=st.integers(1, 8),
    arena=st.booleans(),
    memory_pattern=st.booleans(),
    spinning=st.booleans(),
)


def tuned_of(choice: Choice, *, bundle: str = "00", name: str = "tiny", **changes: object) -> Tuned:
    facts = device_facts().model_copy(update=changes)
    return Tuned(
        facts=facts,
        bundle=bundle,
        bundle_name=name,
        choice=choice,
        frames_per_second=2.0,
        frames_per_second_before=1.0,
        megabytes=3.0,
        megabytes_before=4.0,
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHOICES)
def test_a_choice_comes_back_on_the_device_it_was_made_on_alone(
    tmp_path: Path, bundle_folder: Path, choice: Choice
) -> None:
    write_tuned(tmp_path, tuned_of(choice))
    tuned = usable_tuning(tmp_path, bundle_folder)
    assert tuned is not None
    assert tuned.choice == choice
    for change in ({"cores": 99}, {"processor": "another"}, {"runtimes": {"onnxruntime": "0"}}):
        write_tuned(tmp_path, tuned_of(choice, **change))
        assert usable_tuning(tmp_path, bundle_folder) is None
        assert read_tuned(tmp_path) is not None


def test_a_choice_is_for_the_releases_of_one_bundle(tmp_path: Path, bundle_folder: Path) -> None:
    write_tuned(tmp_path, tuned_of(Choice(), bundle="another release"))
    assert usable_tuning(tmp_path, bundle_folder) is not None
    assert usable_tuning(tmp_path, tmp_path / "nowhere") is None
    assert usable_tuning(tmp_path, None) is None
    write_tuned(tmp_path, tuned_of(Choice(), name="another bundle"))
    assert usable_tuning(tmp_path, bundle_folder) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_a_damaged_file_is_as_none(tmp_path: Path, bundle_folder: Path, data: bytes) -> None:
    (tmp_path / "tuned.json").write_bytes(data)
    assert read_tuned(tmp_path) is None
    assert usable_tuning(tmp_path / "nowhere", bundle_folder) is None


@given(CHOICES, st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_the_file_comes_first_and_what_was_measured_together_is_used_together(
    choice: Choice, workers: int, threads: int, batch: int
) -> None:
    made = settle(InferenceSettings(workers=workers, threads=threads, batch=batch), choice)
    assert made.batch == (batch or choice.batch)
    if workers or threads:
        assert workers in (0, made.workers)
        assert made.options.threads == (threads or 1)
    else:
        assert (made.workers, made.options.threads) == (choice.workers, choice.threads)
    assert made.wish.fastest == choice.runtime


@given(CHOICES)
def test_what_was_measured_in_one_runtime_says_nothing_about_another(choice: Choice) -> None:
    other = InferenceSettings(runtime="openvino" if choice.runtime == "onnxruntime" else "onnxruntime")
    assert settle(other, choice) == settle(other)
