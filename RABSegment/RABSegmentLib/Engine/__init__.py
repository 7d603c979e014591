"""The engine's process as the library sees it: start, transport, requests, answers."""
