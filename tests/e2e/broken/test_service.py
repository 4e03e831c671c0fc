"""What the test stage of the image runs."""

import unittest

import service


class ServiceTest(unittest.TestCase):
    def test_is_good_unless_asked(self) -> None:
        self.assertEqual(service.read_port(), 8080)  # noqa: PT009 - its image has unittest and no pytest
