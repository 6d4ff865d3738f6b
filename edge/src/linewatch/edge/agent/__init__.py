"""The agent: cameras, ring, workers, decisions and the spool, put together and supervised."""
