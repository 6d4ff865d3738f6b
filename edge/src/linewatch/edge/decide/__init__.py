"""From scores to events: which frames are worth a message."""
