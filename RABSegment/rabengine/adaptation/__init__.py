"""Phase 2: spatiotemporal consistency relearning on the cine at hand."""
