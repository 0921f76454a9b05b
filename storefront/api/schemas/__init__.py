"""The shapes of requests and answers; API.md's contract in code."""
