"""Write results whole or not at all."""
