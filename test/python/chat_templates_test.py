"""The goldens of test/data/chat-templates are what Jinja2 makes today. Skipped where there is no Jinja2."""
import importlib.util
import pathlib
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "chat-templates"


@unittest.skipUnless(importlib.util.find_spec("jinja2"), "python3-jinja2 is not installed")
class ChatTemplatesTest(unittest.TestCase):
    def test_goldens_are_what_jinja2_makes(self):
        made = subprocess.run([sys.executable, "-B", FOLDER / "make-goldens.py", "--check"], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)


if __name__ == "__main__":
    unittest.main()
