"""What people and other programs read of a run: the page, the plain-text summary, and exports."""
