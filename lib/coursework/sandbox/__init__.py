"""The sandbox: `inside` is exactly what is copied within the walls, and `walls` builds them."""
