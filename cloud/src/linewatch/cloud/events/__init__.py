"""Receives the devices' events, commits them to SQL, acknowledges them, and lets others read them."""
