"""Start of the engine process."""

from rabengine.allocator import keep_freed_memory
from rabengine.worker.loop import main

if __name__ == "__main__":
    keep_freed_memory()
    main()
