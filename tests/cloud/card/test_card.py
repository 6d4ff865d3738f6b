"""The card of a real, tiny compilation, and the compilation once more."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from blurred import SIZE, BlurTeacher, bad, good
from linewatch.cloud.card.card import card_of
from linewatch.cloud.card.write import check_card_place, write_card
from linewatch.cloud.errors import CloudError
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.prove.table import Costs
from linewatch.compiler.search.search import SearchSettings
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.teach.distil import DistilSettings

GOOD = [good(seed) for seed in range(24)]
TEST = [TestPicture(frame=good(seed), defective=False, name=f"good/{seed}.png") for seed in range(100, 106)]
TEST += [TestPicture(frame=bad(seed), defective=True, kind="<dent>", name=f"<dent>/{seed}.png") for seed in range(6)]
LABELLED = [LabelledPicture(frame=bad(seed), kind="<dent>") for seed in range(50, 56)]
PICTURES = Pictures(good=GOOD, labelled=LABELLED, test=TEST, digest="ab" * 32)
SETTINGS = CompileSettings(
    name="discs",
    student=StudentShape(height=SIZE[0], width=SIZE[1], features=12),
    material=48,
    distil=DistilSettings(steps=20, batch=8, learning_rate=1e-3),
    max_auroc_loss=1.0,
)
RUN = {
    "dataset": {"train": 24, "labelled": 0},
    "teacher": {"name": "blur", "size": [96, 128], "evidence": 0.97},
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("card") / "discs"
    budget = SearchSettings(budget_ms=100, fixed_size=True)
    return compile_bundle(BlurTeacher(GOOD), PICTURES, folder, SETTINGS, training_run="run", budget=budget)


@pytest.fixture(scope="module")
def folder(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards") / "discs-card"
    write_card(folder, card_of(compiled, BlurTeacher(GOOD), RUN, "linewatch compile run --from discs -o again"))
    return folder


class Page(HTMLParser):
    """Collects what a page shows and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.pictures = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href") and value is not None and not value.startswith("data:"):
                self.loads.append(value)
        if tag == "img":
            self.pictures += 1
            assert dict(attrs).get("alt")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_needs_nothing_else_and_says_what_was_measured(folder: Path, compiled: Compiled) -> None:
    page = Page((folder / "card.html").read_text(encoding="utf-8"))
    words = " ".join(page.words)
    assert page.loads == []
    assert page.pictures >= 8
    for row in compiled.table.rows:
        assert f"{row.accuracy.image_auroc:.4f}" in words
    for wanted in (compiled.bundle.digest, "ab" * 32, "<dent>/", "linewatch compile run --from discs", "chosen"):
        assert wanted in words
    assert "<dent>" not in (folder / "card.html").read_text(encoding="utf-8")


def test_the_markdown_shows_pictures_that_are_there_and_only_those(folder: Path) -> None:
    text = (folder / "card.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\(pictures/([^)]+)\)", text))
    assert named == {path.name for path in (folder / "pictures").iterdir()}
    assert "| student-fp32 |" in text
    assert "<dent>" not in text


def test_a_card_is_replaced_and_nothing_else_is(folder: Path, compiled: Compiled, tmp_path: Path) -> None:
    card = card_of(compiled, BlurTeacher(GOOD), RUN, "again")
    copied = shutil.copytree(folder, tmp_path / "card")
    write_card(copied, card)
    assert "again" in (copied / "card.html").read_text(encoding="utf-8")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(CloudError, match="would be lost"):
        write_card(mine, card)
    with pytest.raises(CloudError, match="would be lost"):
        check_card_place(mine / "notes.txt")
    with pytest.raises(CloudError, match="cannot write"):
        check_card_place(Path("/proc/card"))
    assert {path.name for path in tmp_path.iterdir()} == {"card", "mine"}


def test_the_settings_of_the_bundle_make_it_again(compiled: Compiled, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    assert compiled.bundle.manifest.lineage.tool_versions["torch-threads"] == str(threads)
    recorded = Costs.recorded(compiled.bundle.manifest.measurements)
    again = compile_bundle(
        BlurTeacher(GOOD),
        PICTURES,
        tmp_path / "again",
        compiled.settings,
        training_run="run",
        recorded=recorded,
    )
    assert again.bundle.digest == compiled.bundle.digest
