"""Pictures and video of machined parts that the project draws itself, defects and exact masks included."""
