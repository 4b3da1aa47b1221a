"""The engine: bounds from prices, plans that follow them, and a certificate that anyone can check."""
