"""The tests of the service, which every build of the image runs."""
