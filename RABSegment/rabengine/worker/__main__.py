"""Start of the engine process."""

from rabengine.allocator import keep_freed_memory
from rabengine.waiting import wait_by_load
from rabengine.worker.loop import main

if __name__ == "__main__":
    keep_freed_memory()
    wait_by_load()
    main()
