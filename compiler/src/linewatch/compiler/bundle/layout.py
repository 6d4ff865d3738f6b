"""Where the files of a bundle stand in it."""

RECIPE_PATH = "recipe.json"


def graph_path(target: str) -> str:
    """Where the graph of a target stands."""
    return f"targets/{target}/model.onnx"
