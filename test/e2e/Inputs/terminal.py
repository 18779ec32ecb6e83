"""Runs a command with a terminal as its standard error, and prints what it wrote there, escapes as text.
Usage: terminal.py COMMAND..."""
import os
import pty
import subprocess
import sys

terminal, side = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=side)
os.close(side)
shown = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        break
    if not part:
        break
    shown += part
process.communicate()
print(shown)
