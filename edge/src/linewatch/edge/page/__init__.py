"""The local page: what cameras show and what was found, for whoever stands before the box and knows the password."""
