"""The student as an ONNX graph, and running it."""
