"""One cine in work: its marks, its runs, its history."""
