from xml.etree import ElementTree

from linewatch.cloud.charts.front import front_chart
from linewatch.compiler.search.candidate import candidates
from linewatch.compiler.search.front import Point, pick
from linewatch.compiler.settings import CompileSettings


def test_every_estimated_candidate_is_a_dot_and_the_chosen_one_is_filled() -> None:
    choices = candidates(CompileSettings(), fixed_size=True)
    accuracies = [0.71, 0.9, 0.84, None, None, None]
    points = [
        Point(candidate=choice, ms=0.5 + place, auroc=auroc)
        for place, (choice, auroc) in enumerate(zip(choices, accuracies, strict=True))
    ]
    root = ElementTree.fromstring(front_chart(pick(points)))
    dots = root.findall("{*}circle")
    assert len(dots) == 3
    across = [float(dot.attrib["cx"]) for dot in dots]
    assert across == sorted(across)
    down = [float(dot.attrib["cy"]) for dot in dots]
    assert down[1] < down[2] < down[0]
    assert [dot.attrib["fill"] != "none" for dot in dots] == [False, True, False]
    labels = root.findall("{*}text")[-3:]
    assert [label.text for label in labels] == ["1", "2", "3"]
