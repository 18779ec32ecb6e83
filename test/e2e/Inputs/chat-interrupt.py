"""Talks with a command that runs with --stats, and sends SIGINT during each of two answers. Usage: chat-interrupt.py COMMAND..."""
import os
import select
import signal
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
output, errors = process.stdout.fileno(), process.stderr.fileno()
said = told = b""
answers = 0
for message in (b"Once upon a time\n", b" The end. Once\n"):
    process.stdin.write(message)
    process.stdin.flush()
    first = os.read(output, 4096)
    answers += bool(first)
    said += first
    process.send_signal(signal.SIGINT)
    # Up to the end of the statistics, which come when the answer is over; then what the answer has left in the pipe.
    told, over, ready = b"", False, [output]
    while ready:
        ready = select.select([output, errors], [], [], 0 if over else 60)[0]
        if errors in ready:
            told += os.read(errors, 4096)
        if output in ready:
            said += os.read(output, 4096)
        over = b"\nused" in told and told.endswith(b"\n")
process.stdin.write(b"/exit\n")
process.stdin.close()
print(f"status {process.wait(60)}, {answers} answers,", "whole line" if said.endswith(b"\n") else "cut line")
