"""What goes into a bundle."""
