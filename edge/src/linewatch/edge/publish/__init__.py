"""Sends what the spool holds to the cloud over MQTT, and forgets it when the cloud says so."""
