"""Takes newer bundles from the registry: trusts nothing, never breaks what serves."""
