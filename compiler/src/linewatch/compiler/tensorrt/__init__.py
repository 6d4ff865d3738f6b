"""What TensorRT asks of a graph, and how a device builds its engine."""
