"""New services that build, test and run with Docker alone, and that stay up to date with their blueprint."""
