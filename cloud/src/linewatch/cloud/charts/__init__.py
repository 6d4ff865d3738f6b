"""Pictures of results: SVG charts, and heat maps on photographs."""
