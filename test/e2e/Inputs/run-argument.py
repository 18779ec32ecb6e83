"""Runs a command with the text of a file as its last argument. Usage: run-argument.py FILE COMMAND..."""
import subprocess
import sys

sys.exit(subprocess.run(sys.argv[2:] + [open(sys.argv[1]).read()]).returncode)
