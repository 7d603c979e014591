"""How many clicks an object takes: a simulated user, our prompt model, and classical peers from the same clicks."""
