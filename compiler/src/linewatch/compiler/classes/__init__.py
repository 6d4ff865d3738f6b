"""Classes of defects: learned from labelled pictures, without touching the graph."""
