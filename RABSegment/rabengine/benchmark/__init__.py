"""How fast the engine is on this machine, how much memory it takes, and how both grow."""
