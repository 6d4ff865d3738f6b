"""Other ways to show the same events: JSON, Home Assistant, Sparkplug B. Best effort, beside the durable stream."""
