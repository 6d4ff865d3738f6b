"""The MQTT broker between devices and cloud: one in the process, or one that somebody else runs."""
