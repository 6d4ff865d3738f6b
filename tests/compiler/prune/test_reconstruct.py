import numpy as np
import torch

from linewatch.compiler.prune.prune import PruneSettings, prune
from linewatch.compiler.prune.reconstruct import reconstruct
from linewatch.compiler.student.efficientnet_lite import Block, EfficientNetLite, load
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student

PICTURES = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
TENSOR = torch.from_numpy(PICTURES).movedim(3, 1)


def last_stage(network: EfficientNetLite) -> torch.Tensor:
    with torch.no_grad():
        return network.stages(TENSOR.float())[-1]


def error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).square().mean() / wanted.var())


def test_the_blocks_give_what_they_gave_before_pruning() -> None:
    student = Student(StudentShape(height=64, width=64, features=8)).eval()
    network = student.trunk.backbone
    wanted = last_stage(load())
    assert error(last_stage(network), wanted) < 1e-9
    prune(student, PICTURES, PruneSettings(pictures=4), seed=0)
    pruned = error(last_stage(network), wanted)
    reconstruct(network, load(), TENSOR, seed=0)
    assert error(last_stage(network), wanted) < 0.3 * pruned


def test_a_channel_that_repeats_another_is_not_missed() -> None:
    """With every second inner channel of a block the copy of its neighbour, half of them are enough."""
    whole, number = load(), 6
    block = whole.blocks[number]
    assert isinstance(block, Block)
    with torch.no_grad():
        for layer in block.expand_conv, block.expand_norm, block.depthwise_conv, block.depthwise_norm:
            for values in layer.state_dict().values():
                if values.ndim:
                    values[1::2] = values[::2]
    wanted = last_stage(whole)
    student = Student(StudentShape(height=64, width=64, features=8)).eval()
    student.trunk.backbone.load_state_dict(whole.state_dict())
    kept = (32, 96, 144, 144, 240, 240, 480, 480, 480, 672, 672)
    silent = student.trunk.backbone.blocks[number]
    assert isinstance(silent, Block)
    with torch.no_grad():
        silent.project_conv.weight[:, 1::2] = 0
    prune(student, PICTURES, PruneSettings(kept=(*kept[:number], 240, *kept[number + 1 :]), pictures=4), seed=0)
    assert error(last_stage(student.trunk.backbone), wanted) > 1e-2
    reconstruct(student.trunk.backbone, whole, TENSOR, seed=0)
    assert error(last_stage(student.trunk.backbone), wanted) < 1e-3
