"""The model card: what a bundle is, how well it does, and how to make it again."""
