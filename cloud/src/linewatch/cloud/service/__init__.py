"""The cloud as one process: broker, event ingest and HTTP."""
