"""Between capture and inference: bounded, fair over the cameras, and honest about skipped frames."""
