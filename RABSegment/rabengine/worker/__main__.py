"""Start of the engine process."""

from rabengine.worker.loop import main

if __name__ == "__main__":
    main()
