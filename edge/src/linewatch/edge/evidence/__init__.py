"""What a person needs to see of an anomaly, small enough for a thin uplink."""
