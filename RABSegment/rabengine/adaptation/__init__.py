"""What is learned on the cine at hand: the paper's relearning (phase 2), and what its segments look like."""
