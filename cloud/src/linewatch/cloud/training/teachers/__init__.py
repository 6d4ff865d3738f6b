"""Teachers: accurate detectors of anomalies over the features of a pretrained network."""
