"""One open cine: features, image model and relearned model kept warm between requests."""
