"""Start of the engine process."""

from rabengine.environment import keep_freed_memory, wait_by_load

from .runner import main

if __name__ == "__main__":
    keep_freed_memory()
    wait_by_load()
    main()
