"""Starts a command, waits for its first output, sends SIGINT, and prints how it ended. Usage: interrupt.py COMMAND..."""
import signal
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
first = process.stdout.read(16)
process.send_signal(signal.SIGINT)
rest, messages = process.communicate(timeout=60)
print("status", process.returncode, "whole line" if (first + rest).endswith(b"\n") else "cut line")
sys.stdout.write(messages.decode())
