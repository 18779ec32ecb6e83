"""The second prompt of a chat with story.jinja: message, answer, message. Usage: whole-story.py MESSAGES ANSWERS"""
import sys

messages = open(sys.argv[1]).read().split("\n")
answers = open(sys.argv[2]).read().split("\n")
# An answer may have lines of its own; the last line is the second one.
print(messages[0] + "\n".join(answers[:-2]) + messages[1], end="")
