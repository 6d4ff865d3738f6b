"""The signed registry: where bundles are published and from where devices fetch them."""
