"""The whole measurement, step by step."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from linewatch.edge.agent.first_bundle import find_bundle
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.cameras import views_shown
from linewatch.edge.doctor.tuning.candidates import batches, first_choice, memory_and_waiting, runtimes_and_threads
from linewatch.edge.doctor.tuning.measure import Length, measure
from linewatch.edge.doctor.tuning.trial import Order
from linewatch.edge.doctor.tuning.weigh import TOO_NOISY, Decision, Measured, decide
from linewatch.edge.errors import ConfigurationError, TooNoisy
from linewatch.edge.infer.model import open_bundle
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.edge.infer.tuned import Choice, Tuned, device_facts, write_tuned
from linewatch.edge.optional import is_installed


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what was measured (the first is what the others are compared with), skipped and why, and decided."""

    name: str
    measured: list[Measured]
    skipped: list[tuple[Choice, str]]
    decision: Decision


class Tuning:
    """Finds the best choice for the bundle that would serve and the frames that the cameras show."""

    def __init__(
        self,
        settings: EdgeSettings,
        begin: Callable[[str, int], None],
        advance: Callable[[], None],
        length: Length | None = None,
    ) -> None:
        """Prepare.

        Args:
            settings: the whole configuration; what it fixes under `[inference]` is not changed.
            begin: is told of each step and how many rounds it has.
            advance: called after each round.
            length: of each step.

        Raises:
            ConfigurationError: there is no bundle, or nothing to choose.
            Refused: the bundle is damaged.
        """
        self._settings = settings
        self._begin = begin
        self._advance = advance
        self._length = length or Length()
        self._largest_batch: int | None = None
        self._cores = len(os.sched_getaffinity(0))
        if settings.inference.runtime == "tensorrt":
            raise ConfigurationError("TensorRT runs on the GPU: there is nothing to tune; leave inference.runtime out")
        folder = find_bundle(settings)
        if folder is None:
            raise ConfigurationError("there is no bundle to measure with: name one as inference.bundle")
        self._folder = folder
        self._bundle = open_bundle(folder)
        manifest = self._bundle.manifest
        self.views = views_shown(settings) or [(PixelForm.RGB8, manifest.frame_height, manifest.frame_width)]

    def steps(self) -> Iterator[Step]:
        """Measure, each step with the best of the one before; the last one compares that with what was there first.

        Then the choice is kept for the next starts of the agent.

        Raises:
            InferenceError: the bundle cannot be judged with here.
            TooNoisy: the device does other things meanwhile; nothing is kept.
            DiskFull, StateUnwritable: the choice cannot be kept.
        """
        inference, cores = self._settings.inference, self._cores
        first = best = first_choice(inference, cores)
        finders: dict[str, Callable[[Choice], list[Choice]]] = {
            "runtimes and threads": lambda best: runtimes_and_threads(best, inference, cores, _installed()),
            "memory": memory_and_waiting,
            "batches": lambda best: batches(best, inference, self._largest_batch),
        }
        for name, find in finders.items():
            others = find(best)
            if others:
                step = self._step(name, best, others)
                yield step
                _check_noise(step.decision)
                best = step.decision.best.choice
        last = self._step("before and after", first, [] if best == first else [best])
        yield last
        _check_noise(last.decision)
        self._keep(last)

    def _step(self, name: str, best: Choice, others: list[Choice]) -> Step:
        choices = [best, best, *others]
        self._begin(name, self._length.rounds * len(choices))
        measured, skipped, self._largest_batch = measure(choices, self._order, self._length, self._advance)
        before, twin, *rest = measured
        decision = decide(before, twin, rest, self._settings.inference.latency_budget_ms)
        return Step(name=name, measured=[before, *rest], skipped=skipped, decision=decision)

    def _order(self, choice: Choice) -> Order:
        views = [[form.value, height, width] for form, height, width in self.views]
        target = self._settings.inference.target
        return Order(folder=str(self._folder.absolute()), target=target, choice=choice.model_dump(), views=views)

    def _keep(self, last: Step) -> None:
        before, best = last.measured[0], last.decision.best
        tuned = Tuned(
            facts=device_facts(),
            bundle=self._bundle.digest,
            bundle_name=self._bundle.manifest.name,
            choice=best.choice,
            frames_per_second=best.rate,
            frames_per_second_before=before.rate,
            megabytes=best.megabytes,
            megabytes_before=before.megabytes,
        )
        write_tuned(self._settings.device.state.absolute(), tuned)


def _check_noise(decision: Decision) -> None:
    if decision.noise > TOO_NOISY:
        raise TooNoisy(
            f"two processes that do the same differ by {decision.noise / 2:.0%} in speed, so that nothing can be "
            "told, and nothing was changed; stop the agent and whatever else works here, and measure again"
        )


def _installed() -> list[str]:
    names = [RuntimeName.ONNXRUNTIME, RuntimeName.OPENVINO]
    return [name.value for name in names if is_installed(name)]
