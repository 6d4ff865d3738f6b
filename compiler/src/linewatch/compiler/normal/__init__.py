"""What is normal: statistics of features, and the detector that they make."""
