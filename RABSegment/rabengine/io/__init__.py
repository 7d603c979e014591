"""Files in and out: cines, marks and pictures are read, labels, tables and reports written whole or not at all."""
