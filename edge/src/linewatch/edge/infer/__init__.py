"""From frames to scores: one graph in ONNX Runtime, exchanged between two frames."""
