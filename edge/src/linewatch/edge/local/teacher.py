"""Teaches the device by its bundle's own eyes: what the command line and the local page call."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.picture import Pixels, UInt8Array
from linewatch.edge.capture.pictures import decode_picture
from linewatch.edge.counted import counted
from linewatch.edge.errors import TeachingRefused, WrongUse
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Verdict
from linewatch.edge.local.again import waiting
from linewatch.edge.local.album import as_png
from linewatch.edge.local.change import Basis, Change, NewDefect, NewGood, NewThreshold, Picture
from linewatch.edge.local.effect import adjustments, taught_to
from linewatch.edge.local.journal import Journal, in_force
from linewatch.edge.local.proposal import Proposal
from linewatch.edge.local.prototypes import Seen, defect_prototype, good_prototype
from linewatch.edge.local.scores import Scores, fingerprint
from linewatch.edge.local.subject import subject_of
from linewatch.edge.local.threshold import Known, calibrate
from linewatch.protos.bundle import ClassBank, check_class_name
from linewatch.protos.bundle.class_file import MAX_CLASSES
from linewatch.protos.bundle.errors import BundleError
from linewatch.protos.promise import Budget, PromiseError

MOST_PICTURES = 32
"""That teach one thing at a time."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """What became of the changes to an earlier bundle: those made again, and why others were not."""

    made: tuple[Change, ...]
    left: tuple[tuple[Change, str], ...]


class LocalTeacher:
    """Proposes changes to what serves, and makes them. Nothing is changed before `keep`."""

    def __init__(self, journal: Journal, model: Model) -> None:
        """Teach what `model` sees.

        Args:
            journal: of this device.
            model: of the bundle that serves, checked.
        """
        self._journal = journal
        self._model = model.adjusted(taught_to(model, journal.entries()))
        self._subject = subject_of(model)

    @property
    def budget(self) -> Budget:
        """The false alarms that the bundle was made for."""
        promised = self._model.target.threshold
        try:
            return Budget(
                false_alarms_per_hour=promised.false_alarms_per_hour,
                frames_per_second=promised.frames_per_second,
                confidence=promised.confidence,
            )
        except PromiseError:  # nothing was promised
            return Budget()

    @property
    def reach(self) -> int:
        """How many frames before the judged one are needed."""
        return self._model.reach

    @property
    def judge_name(self) -> tuple[str, str]:
        """Digest of the bundle, and its target."""
        return self._model.digest, self._model.target.name

    @property
    def picture_bits(self) -> int:
        """Significant bits of pictures with 16 a channel, as the bundle was taught from them."""
        return self._model.bundle.manifest.picture_bits

    def waiting(self) -> list[Change]:
        """What an earlier bundle was taught, and this one was not; see `again`."""
        return waiting(self._journal.entries(), self._subject)

    def judge(self, pixels: Pixels, before: Sequence[Pixels] = (), mask: Mask | None = None) -> Verdict:
        """How a frame is judged as things stand; see `Model.judge`."""
        return self._model.judge(pixels, before, mask)

    def threshold(self, scores: Scores, budget: Budget | None = None) -> Proposal:
        """A threshold from normal frames.

        Args:
            scores: of the frames.
            budget: the false alarms that are accepted; the bundle's own when left out.

        Raises:
            TeachingRefused: they prove nothing, or are no normal frames.
        """
        target = self._model.target
        golden = [picture.scores.get(target.name, 0.0) for picture in self._model.bundle.manifest.golden.pictures]
        value = self._model.adjustments.threshold or target.threshold.score
        known = Known(value=value, defects=[score for score in golden if score >= target.threshold.score])
        found = calibrate(scores.values, scores.worth, budget or self.budget, known)
        return Proposal(taught=found.taught, basis=scores.basis(), told=found.told, warnings=found.warnings)

    def good(self, frames: Sequence[UInt8Array], camera: str = "") -> Proposal:
        """A good prototype: what these frames, uint8[H, W, 3] RGB, show is no defect.

        Raises:
            TeachingRefused: none of them is anomalous, or a known defect looks the same.
            WrongUse: this bundle cannot be taught so, or there are too many frames.
        """
        shown = self._look(frames)
        anomalous = [one for one in shown if one[1].anomalous]
        if not anomalous:
            raise TeachingRefused("all of it is judged normal already: there is nothing to teach")
        bank = self._bank()
        classes = () if bank is None else bank.of(self._model.target.name)
        found = good_prototype([Seen.of(verdict) for _, verdict in anomalous], self._golden_defects(), classes)
        return self._proposal(found.taught, anomalous, len(shown), found.told, found.warnings, camera)

    def defect(self, name: str, frames: Sequence[UInt8Array], camera: str = "") -> Proposal:
        """A class of defects, or more of what one looks like, shown by frames uint8[H, W, 3] RGB.

        Raises:
            TeachingRefused: none of them is anomalous, or what was taught as good hides one.
            WrongUse: no such name can be given, this bundle cannot be taught so, or there are too many frames.
        """
        try:
            check_class_name(name)
        except BundleError as error:
            raise WrongUse(str(error)) from error
        shown = self._look(frames)
        bank = self._bank()
        known = () if bank is None else bank.of(self._model.target.name)
        if len(known) >= MAX_CLASSES and name not in {one.name for one in known}:
            raise WrongUse(f"{MAX_CLASSES} classes of defects are known already")
        found = [one for one in shown if one[1].score >= one[1].threshold]
        if not found:
            raise TeachingRefused(
                f"none of it scores at or above the threshold, and a class only names what does: a lower threshold "
                f"(`linewatch-edge local threshold`) may find '{name}', or a new bundle taught with these pictures"
            )
        taught = defect_prototype(name, [Seen.of(verdict) for _, verdict in found])
        self._refuse_hidden(taught, [verdict for _, verdict in found])
        more = next((one.examples for one in known if one.name == name), 0)
        told = (
            f"'{name}' is known by {counted(more, 'picture')}, and by {len(found)} more now"
            if more
            else f"'{name}' is new"
        )
        return self._proposal(taught, found, len(shown), (told,), (), camera)

    def keep(self, proposal: Proposal, words: str = "", *, origin: int = 0) -> Change:
        """Make the change: signed, durable, in force within a second or two where the agent runs.

        Raises:
            DeviceKeyUnusable: the device's key cannot be used.
            DiskFull, StateUnwritable: it could not be kept.
            TeachingRefused: there are too many pictures already.
        """
        return self._journal.write(
            self._subject, proposal.taught, proposal.basis, words, origin=origin, pictures=proposal.pictures
        )

    def undo(self, number: int | None = None, words: str = "") -> Change:
        """Take a change back: the last one that is in force where no number is given.

        Raises:
            WrongUse: there is none.
            LocalChangeRefused: it is not as the device signed it.
            DeviceKeyUnusable, DiskFull, StateUnwritable: as `keep`.
        """
        if number is None:
            made = in_force(self._journal.entries(), self._model.digest, self._model.target.name)
            if not made:
                raise WrongUse("nothing that was taught here is in force; `linewatch-edge local list` shows all")
            number = made[-1].number
        return self._journal.undo(number, words)

    def again(self) -> Again:
        """Teach the bundle that serves now what an earlier one of its name was taught.

        Where both have the same graph all of it holds as it is. Else the kept pictures teach again, by the new bundle's
        eyes, and thresholds have to be measured again.

        Raises:
            LocalChangeRefused: the journal is not as the device signed it.
            DeviceKeyUnusable, DiskFull, StateUnwritable: as `keep`.
        """
        made, left = [], []
        for change in self.waiting():
            try:
                made.append(self.keep(self._propose_again(change), change.words, origin=change.origin))
                self._model = self._model.adjusted(taught_to(self._model, self._journal.entries()))
            except (TeachingRefused, WrongUse) as error:
                left.append((change, str(error)))
        return Again(made=tuple(made), left=tuple(left))

    def _propose_again(self, change: Change) -> Proposal:
        taught = change.taught
        if change.subject.graph == self._subject.graph:
            return Proposal(taught=taught, basis=change.basis, told=())
        if isinstance(taught, NewThreshold):
            raise TeachingRefused("scores of another graph say nothing: measure again, with `local threshold`")
        frames = [self._journal.album.read(picture.sha256) for picture in change.basis.pictures]
        camera = next(iter(change.basis.cameras), "")
        return self.good(frames, camera) if isinstance(taught, NewGood) else self.defect(taught.name, frames, camera)

    def _look(self, frames: Sequence[UInt8Array]) -> list[tuple[UInt8Array, Verdict]]:
        """Frames with the verdict on each; equal ones count once."""
        if self._model.reach:
            raise WrongUse(
                "this bundle judges how things move, not single pictures; only its threshold can be set here"
            )
        if not frames:
            raise WrongUse("give at least one picture")
        if len(frames) > MOST_PICTURES:
            raise WrongUse(f"{len(frames)} pictures are too many: a few teach, {MOST_PICTURES} at most")
        different = {fingerprint(pixels): pixels for pixels in frames}
        return [(pixels, self._model.judge(pixels)) for pixels in different.values()]

    def _bank(self) -> ClassBank | None:
        return self._model.adjustments.classes or self._model.bundle.classes()

    def _golden_defects(self) -> list[Seen]:
        """What the bundle brought along of defects, by its own threshold."""
        bundle, found = self._model.bundle, []
        for picture in bundle.manifest.golden.pictures:
            if picture.scores.get(self._model.target.name, 0.0) >= self._model.target.threshold.score:
                try:
                    found.append(Seen.of(self._model.judge(decode_picture(bundle.read(picture.path), picture.path))))
                except (BundleError, TeachingRefused):
                    continue  # one that cannot be compared hides nothing
        return found

    def _refuse_hidden(self, taught: NewDefect, verdicts: Iterable[Verdict]) -> None:
        """A class takes frames away from what is good; where that is not enough, the operator has to decide."""
        made = in_force(self._journal.entries(), self._model.digest, self._model.target.name)
        draft = [one.taught for one in made] + [taught]
        after = adjustments(draft, self._model.target.name, self._model.bundle.classes())
        if any(after.apply(replace(verdict, taught_good=False)).taught_good for verdict in verdicts):
            goods = ", ".join(str(one.number) for one in made if isinstance(one.taught, NewGood))
            raise TeachingRefused(
                f"what was taught as good hides it: take that back first (`linewatch-edge local undo`, change {goods})"
            )

    def _proposal(
        self,
        taught: NewGood | NewDefect,
        used: Sequence[tuple[UInt8Array, Verdict]],
        shown: int,
        told: tuple[str, ...],
        warnings: tuple[str, ...],
        camera: str,
    ) -> Proposal:
        kept = [(as_png(pixels), verdict) for pixels, verdict in used]
        digest = hashlib.sha256()
        for pixels, _ in used:
            digest.update(fingerprint(pixels))
        now = time.time_ns()
        basis = Basis(
            frames=len(used),
            worth=float(len(used)),
            cameras=(camera,) if camera else (),
            from_unix_ns=now,
            until_unix_ns=now,
            sha256=digest.hexdigest(),
            pictures=tuple(Picture(sha256=name, score=verdict.score) for (name, _), verdict in kept),
        )
        unused = (f"{shown - len(used)} of {counted(shown, 'picture')} teach nothing: judged normal as it is",)
        return Proposal(
            taught=taught,
            basis=basis,
            told=told + (unused if shown > len(used) else ()),
            warnings=warnings,
            pictures=dict(png for png, _ in kept),
        )
