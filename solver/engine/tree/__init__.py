"""Branch and bound with the engine's own relaxation: what is open, which bands are built, decided one after the other until nothing cheaper is left."""
