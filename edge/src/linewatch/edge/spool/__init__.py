"""The device's durable queue of events: what is in it was said, and stays until the cloud has it."""
