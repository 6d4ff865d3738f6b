"""A camera in a process of its own: frames come through shared memory, words through a socket."""
