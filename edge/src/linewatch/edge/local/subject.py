"""What of a model is taught."""

from linewatch.edge.infer.model import Model
from linewatch.edge.local.change import Subject


def subject_of(model: Model) -> Subject:
    """The target of the bundle that `model` judges by."""
    manifest, target = model.bundle.manifest, model.target
    graph = next(entry.sha256 for entry in manifest.files if entry.path == target.graph_path)
    return Subject(
        bundle=model.digest,
        bundle_name=manifest.name,
        release=manifest.release,
        target=target.name,
        graph=graph,
    )
