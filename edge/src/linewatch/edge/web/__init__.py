"""A small web server that strangers cannot use up: for pages of the device itself."""
