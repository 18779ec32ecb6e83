"""Conversations that every template renders, and small templates that show one part of the language each."""

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a place, \"now\" & <later>", "parameters": {
        "type": "object", "properties": {
            "place": {"type": "string", "description": "City, e.g. Zürich"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
            "days": {"type": ["integer", "null"], "minimum": 1},
            "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["place"]}, "return": {"type": "number"}}}
ADD = {"type": "function", "function": {"name": "add", "description": "Adds", "parameters": {
    "type": "object", "properties": {"a": {"type": "number", "description": "one"}, "b": {"type": "number", "description": "other"}},
    "required": ["a", "b"]}}}


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


def call(name, arguments, identity="call12345"):
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


def tool(text, identity="call12345", name="get_weather"):
    return {"role": "tool", "tool_call_id": identity, "name": name, "content": text}


TURNS = [user("Hi"), assistant("Hello!"), user("  What is 1 + 1?\n"), assistant("2"), user("Danke, \"Grüße\" 🙂 <b>&amp;</b>")]
CALLED = [user("Weather in Zürich?"), assistant("", tool_calls=[call("get_weather", {"place": "Zürich", "days": 2, "tags": ["a", "b"], "exact": True, "unit": None, "q": 0.5})]),
          tool("{\"degrees\": 21.5}")]
THOUGHT = [user("Think"), assistant("<think>\nfirst this\n</think>\n\nSo: 42", reasoning_content="first this"), user("And now?")]

CONVERSATIONS = {
    "one": {"messages": [user("Hello, who are you?")], "add_generation_prompt": True},
    "one-without-prompt": {"messages": [user("Hello"), assistant("Hi there.")], "add_generation_prompt": False},
    "system": {"messages": [system("Be  brief.\n"), user("Hello")], "add_generation_prompt": True},
    "turns": {"messages": TURNS, "add_generation_prompt": True},
    "system-turns": {"messages": [system("You are a pirate.")] + TURNS, "add_generation_prompt": False},
    "tools": {"messages": [user("Weather in Zürich?")], "tools": [WEATHER, ADD], "add_generation_prompt": True},
    "system-tools": {"messages": [system("Use tools."), user("2 + 3?")], "tools": [ADD], "add_generation_prompt": True},
    "tool-result": {"messages": CALLED, "tools": [WEATHER], "add_generation_prompt": True},
    "tool-answer": {"messages": [system("Be kind.")] + CALLED + [assistant("21.5 degrees."), user("Thanks")], "tools": [WEATHER], "add_generation_prompt": True},
    "two-calls": {"messages": [user("2 + 3, 4 + 5?"), assistant(None, tool_calls=[call("add", {"a": 2, "b": 3}, "abcdef123"), call("add", {"a": 4.25, "b": 1e20}, "abcdef124")]),
                               tool("5", "abcdef123", "add"), tool("9", "abcdef124", "add")], "tools": [ADD], "add_generation_prompt": True},
    "text-arguments": {"messages": [user("2 + 3?"), assistant("", tool_calls=[call("add", "{\"a\": 2, \"b\": 3}")]), tool("5", name="add")], "tools": [ADD], "add_generation_prompt": True},
    "thought": {"messages": THOUGHT, "add_generation_prompt": True},
    "thought-off": {"messages": THOUGHT, "add_generation_prompt": True, "enable_thinking": False, "thinking": False},
    "thought-on": {"messages": [system("Reason.")] + THOUGHT, "add_generation_prompt": True, "enable_thinking": True, "thinking": True, "reasoning_effort": "high"},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Part one. "}, {"type": "text", "text": "Part two."}]}], "add_generation_prompt": True},
    "parts-system": {"messages": [{"role": "system", "content": [{"type": "text", "text": "Be brief."}]}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                                  {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}, user("More")], "add_generation_prompt": False},
    "last-assistant": {"messages": [user("Count"), assistant("One, two")], "add_generation_prompt": True},
    "developer": {"messages": [{"role": "developer", "content": "Answer in French."}, user("Hello")], "add_generation_prompt": True},
    "two-users": {"messages": [user("Hello"), user("Hello again")], "add_generation_prompt": True},
    "empty": {"messages": [], "add_generation_prompt": True},
    "documents": {"messages": [user("What do the documents say?")], "documents": [{"title": "One", "text": "First", "doc_id": 1, "content": "First"}], "add_generation_prompt": True},
    "date": {"messages": [user("What day is it?")], "date_string": "01 Feb 2025", "add_generation_prompt": True},
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
