"""TensorRT 10 and 11: engines built on the device, kept in its state folder, run on its GPU."""
