"""`rabsegment evaluate --study-user`: the marks a cine takes as a study grows."""
