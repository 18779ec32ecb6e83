#!/usr/bin/env python3
"""Renders every template here with Jinja2, set up as transformers does, and writes goldens/*.json and language.json.

    make-goldens.py            writes them
    make-goldens.py --check    compares instead; the status is 1 if one differs

The tests compare the same renderings by vspec with these files, so that they need no Python.
"""
import json
import pathlib
import sys

import conversations
import language

HERE = pathlib.Path(__file__).resolve().parent
# These change lists, which transformers forbids and the programs that they were written for allow.
CHANGES_LISTS = {"Kimi-K2-Instruct", "Kimi-K2-Thinking"}


def environment(changes_lists=False):
    """As transformers/utils/chat_template_utils.py, with a clock that stands still."""
    import datetime

    import jinja2
    import jinja2.ext
    import jinja2.sandbox

    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

        def _support(self, caller):
            return caller()

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def strftime_now(form):
        return datetime.datetime(2026, 3, 7, 15, 4, 5).strftime(form)

    sandbox = jinja2.sandbox.SandboxedEnvironment if changes_lists else jinja2.sandbox.ImmutableSandboxedEnvironment
    made = sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = strftime_now
    return made


def render(template, variables, changes_lists=False):
    """{"text": ...}, or {"raised": message} of raise_exception, or {"fails": Python's message}."""
    import jinja2
    try:
        return {"text": environment(changes_lists).from_string(template).render(**variables)}
    except jinja2.exceptions.TemplateError as error:
        return {"raised" if type(error) is jinja2.exceptions.TemplateError else "fails": str(error)}
    except Exception as error:
        return {"fails": f"{type(error).__name__}: {error}"}


def goldens():
    """Path of each file and what it is to hold."""
    for path in sorted(HERE.glob("*.jinja")):
        with open(path, newline="") as file:
            template = file.read()
        made = {}
        for name, given in conversations.CONVERSATIONS.items():
            # transformers passes these whether there are any or not.
            variables = {"tools": None, "documents": None, **conversations.TOKENS, **given}
            made[name] = render(template, variables, path.stem in CHANGES_LISTS)
        yield HERE / "goldens" / (path.stem + ".json"), made
    yield HERE / "conversations.json", {name: {"tools": None, "documents": None, **conversations.TOKENS, **given}
                                        for name, given in conversations.CONVERSATIONS.items()}
    yield HERE / "language.json", {"variables": language.VARIABLES, "cases": [{"template": template, **render(template, language.VARIABLES)}
                                                                              for template in language.TEMPLATES]}


def main():
    differ = []
    for path, made in goldens():
        text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != text:
                differ.append(path.name)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if differ:
        print("differ from what Jinja2 makes now:", *differ)
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
